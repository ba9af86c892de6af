//! What the providers say: do they have the mails that the record says they accepted, and each of them once?

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::time::Duration;

use plugin_api::{CallContext, EmailProvider as _, Lookup, ProviderMessageId, Receipt, SentQuery};
use plugin_host::{
    MessageFilter, MessageKey, MessageState, MessageSummary, MessageView, ProviderInstance, Record,
};
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

/// A sent message, and what the record says of messages of other accounts that have the same id: providers search by that alone.
struct Mail {
    view: MessageView,
    twins: Vec<MessageSummary>,
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

async fn page(record: &Record, most: u32, offset: u32) -> Result<Vec<Mail>, Failure> {
    let left = if most == 0 { MOST } else { most - offset };
    let filter = MessageFilter {
        states: vec![MessageState::Sent],
        count: left.min(MOST),
        offset,
        ..MessageFilter::default()
    };
    let page = record.search(&filter).await.map_err(Failure::failed)?;
    let mut mails = Vec::with_capacity(page.messages.len());
    for summary in page.messages {
        let twins = twins(record, &summary).await?;
        let key = MessageKey {
            account: Some(summary.account),
            tracking_id: summary.tracking_id,
        };
        let view = record.message(&key).await.map_err(Failure::failed)?;
        mails.extend(view.map(|view| Mail { view, twins }));
    }
    Ok(mails)
}

async fn twins(record: &Record, message: &MessageSummary) -> Result<Vec<MessageSummary>, Failure> {
    let filter = MessageFilter {
        tracking_id: Some(message.tracking_id),
        count: MOST,
        ..MessageFilter::default()
    };
    let page = record.search(&filter).await.map_err(Failure::failed)?;
    let is_another = |one: &MessageSummary| one.account != message.account;
    Ok(page.messages.into_iter().filter(is_another).collect())
}

fn by_provider(mails: Vec<Mail>) -> BTreeMap<String, Vec<Mail>> {
    let mut shares: BTreeMap<String, Vec<Mail>> = BTreeMap::new();
    for mail in mails {
        let provider = mail.view.summary.provider.clone().unwrap_or_default();
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

    async fn ask(&mut self, mails: &[Mail], config: &Config) {
        let queries: Vec<SentQuery> = mails.iter().map(|mail| query(&mail.view, config)).collect();
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

impl Mail {
    /// The mails a search has found, but for those that are on record as another account's message.
    fn own<'a>(&self, receipt: &'a Receipt) -> Vec<&'a str> {
        let found = std::iter::once(&receipt.id).chain(&receipt.duplicates);
        let is_a_twins = |id: &str| {
            let mut ids = self.twins.iter().map(|twin| &twin.provider_message_id);
            ids.any(|known| known.as_deref() == Some(id))
        };
        let ids = found.map(ProviderMessageId::as_str);
        ids.filter(|id| !is_a_twins(id)).collect()
    }

    /// A message whose acceptance was proved without an id has none on record.
    fn is_on_record(&self, id: &str) -> bool {
        let known = self.view.summary.provider_message_id.as_deref();
        known.is_none_or(|known| known == id)
    }

    /// Whether another account's message may have been accepted under an id that is not on record.
    fn has_twin_without_id(&self) -> bool {
        let may_be_out = |state: MessageState| state == MessageState::Sent || !state.is_final();
        let mut twins = self.twins.iter();
        twins.any(|twin| twin.provider_message_id.is_none() && may_be_out(twin.state))
    }
}

impl Comparison {
    fn add(&mut self, mails: &[Mail], answers: Vec<Lookup>) {
        let missing = || Lookup::unknown("the provider gave fewer answers than questions");
        let answers = answers.into_iter().chain(std::iter::repeat_with(missing));
        for (mail, answer) in mails.iter().zip(answers) {
            self.asked += 1;
            match answer {
                Lookup::Found(receipt) => self.add_hits(mail, &mail.own(&receipt)),
                Lookup::Absent { .. } => self.not_shown += 1,
                Lookup::Unknown { why } => self.add_unknown(&why),
                _ => self.unknown += 1,
            }
        }
    }

    fn add_hits(&mut self, mail: &Mail, hits: &[&str]) {
        match hits {
            [] => self.not_shown += 1,
            [one] if mail.is_on_record(one) => self.found += 1,
            _ if mail.has_twin_without_id() => self.add_unknown(TWIN),
            [_] => self.other_id += 1,
            _ => self.several += 1,
        }
    }

    fn add_unknown(&mut self, why: &str) {
        self.unknown += 1;
        self.why = Some(why.to_owned());
    }

    /// Whether the provider contradicts the record.
    pub(super) fn contradicts(&self) -> bool {
        self.several + self.other_id > 0
    }
}

const TWIN: &str =
    "what was found may be the message of another account that has the same TrackingId";
