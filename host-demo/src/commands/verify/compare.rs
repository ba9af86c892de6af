//! What the providers say: do they have the mails that the record says they accepted, and each of them once?

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::time::Duration;

use plugin_api::{CallContext, EmailProvider as _, Lookup, ProviderMessageId, SentQuery};
use plugin_host::{MessageFilter, MessageKey, MessageState, MessageView, ProviderInstance, Record};
use serde::Serialize;

use crate::commands::Failure;
use crate::commands::opener::Opener;
use crate::config::Config;

/// Messages of one question.
const MOST: u32 = 200;
/// A provider that takes longer for one question is not waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// What came of asking one provider.
#[derive(Debug, Default, Serialize)]
pub(super) struct Comparison {
    pub(super) provider: String,
    /// Mails asked about.
    pub(super) asked: u64,
    /// It has them, under the id on record.
    pub(super) found: u64,
    /// It has them under another id.
    pub(super) other_id: u64,
    /// It has more than one of them.
    pub(super) several: u64,
    /// It shows none, which proves nothing: searches lag behind, and services forget.
    pub(super) not_shown: u64,
    /// It could not be asked, or cannot tell.
    pub(super) unknown: u64,
    /// The last reason for that.
    pub(super) why: Option<String>,
}

/// A provider, if it could be made, and what it has said so far.
struct Asked {
    instance: Result<ProviderInstance, String>,
    comparison: Comparison,
}

/// Asks every provider about its share of the latest `most` sent messages; 0: of all.
pub(super) async fn compare(
    config: &Config,
    record: &Record,
    most: u32,
) -> Result<Vec<Comparison>, Failure> {
    let opener = Opener::new(config)?;
    let mut asked: BTreeMap<String, Asked> = BTreeMap::new();
    let mut offset = 0;
    loop {
        let mails = page(record, most, offset).await?;
        if mails.is_empty() {
            return Ok(asked.into_values().map(|one| one.comparison).collect());
        }
        offset += u32::try_from(mails.len()).unwrap_or(MOST);
        for (provider, mails) in by_provider(mails) {
            let one = match asked.entry(provider) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => {
                    let opened = Asked::open(&opener, new.key()).await;
                    new.insert(opened)
                }
            };
            one.ask(&mails, config).await;
        }
    }
}

async fn page(record: &Record, most: u32, offset: u32) -> Result<Vec<MessageView>, Failure> {
    let left = if most == 0 { MOST } else { most - offset };
    let filter = MessageFilter {
        states: vec![MessageState::Sent],
        count: left.min(MOST),
        offset,
        ..MessageFilter::default()
    };
    let page = record.search(&filter).await.map_err(Failure::failed)?;
    let mut views = Vec::with_capacity(page.messages.len());
    for summary in page.messages {
        let key = MessageKey {
            account: Some(summary.account),
            tracking_id: summary.tracking_id,
        };
        views.extend(record.message(&key).await.map_err(Failure::failed)?);
    }
    Ok(views)
}

fn by_provider(mails: Vec<MessageView>) -> BTreeMap<String, Vec<MessageView>> {
    let mut shares: BTreeMap<String, Vec<MessageView>> = BTreeMap::new();
    for mail in mails {
        let provider = mail.summary.provider.clone().unwrap_or_default();
        shares.entry(provider).or_default().push(mail);
    }
    shares
}

impl Asked {
    async fn open(opener: &Opener, provider: &str) -> Self {
        Self {
            instance: opener.open(provider).await,
            comparison: Comparison {
                provider: provider.to_owned(),
                ..Comparison::default()
            },
        }
    }

    async fn ask(&mut self, mails: &[MessageView], config: &Config) {
        let queries: Vec<SentQuery> = mails.iter().map(|mail| query(mail, config)).collect();
        let answers = match &self.instance {
            Ok(instance) => {
                let context = CallContext::new(PATIENCE, PATIENCE);
                instance.find_sent(&queries, &context).await
            }
            Err(fault) => vec![Lookup::unknown(fault); mails.len()],
        };
        self.comparison.add(mails, answers);
    }
}

fn query(mail: &MessageView, config: &Config) -> SentQuery {
    let message = &mail.summary;
    let sent = mail
        .attempts
        .iter()
        .rfind(|one| one.outcome.as_deref() == Some("sent"));
    let began = sent.map_or(message.accepted_at, |attempt| attempt.claimed_at);
    let deadline = began
        .checked_add(config.delivery.hard_deadline)
        .unwrap_or(began);
    let mut query = SentQuery::new(message.tracking_id, began, deadline);
    query.stream.clone_from(&message.stream);
    query.to = message
        .recipients
        .iter()
        .map(|one| one.address.clone())
        .collect();
    query
}

impl Comparison {
    fn add(&mut self, mails: &[MessageView], answers: Vec<Lookup>) {
        let missing = || Lookup::unknown("the provider gave fewer answers than questions");
        let answers = answers.into_iter().chain(std::iter::repeat_with(missing));
        for (mail, answer) in mails.iter().zip(answers) {
            self.asked += 1;
            match answer {
                Lookup::Found(receipt) if !receipt.duplicates.is_empty() => self.several += 1,
                Lookup::Found(receipt) if is_on_record(mail, &receipt.id) => self.found += 1,
                Lookup::Found(_) => self.other_id += 1,
                Lookup::Absent { .. } => self.not_shown += 1,
                Lookup::Unknown { why } => {
                    self.unknown += 1;
                    self.why = Some(why);
                }
                _ => self.unknown += 1,
            }
        }
    }

    /// Whether the provider contradicts the record.
    pub(super) fn contradicts(&self) -> bool {
        self.several + self.other_id > 0
    }
}

/// A message whose acceptance was proved without an id has none on record.
fn is_on_record(mail: &MessageView, id: &ProviderMessageId) -> bool {
    let known = mail.summary.provider_message_id.as_deref();
    known.is_none_or(|known| known == id.to_string())
}
