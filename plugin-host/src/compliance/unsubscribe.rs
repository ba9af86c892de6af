//! ProcessUnsubscribe: somebody asked not to be contacted, says the CRM or a service's own callback.

use std::sync::Arc;

use plugin_api::{Event, Provider, Unsubscribe, WebhookError, WebhookRequest, crm_unsubscribe};
use tokio::task::JoinSet;

use super::{FlagSource, Notice, notices};
use crate::events::{Inbox, Reader, Reading, without_secrets};
use crate::plugins::ContentHash;
use crate::store::{Hearing, NewEvent, NewWebhook, StoreError, WebhookContent};

/// Stands for the provider where the request came in by this way.
const CALLBACK: &str = "unsubscribe-callback";

/// The flags are durable: answer 200.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnsubscribeAnswer {
    /// Whether it was about somebody known. Not for the caller: an unknown id and one of another account are answered alike.
    pub found: bool,
    /// Messages to them whose call to a provider had not ended when the flags were committed: at most so many can still arrive.
    pub calls_in_flight: u32,
}

/// Nothing was flagged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UnsubscribeError {
    /// The form is known, but a field is missing or wrong; the text names it. The request is kept for a person to look at.
    #[error("{0}")]
    Malformed(String),
    /// Nobody knows the form. The request is kept for a person to look at.
    #[error(
        "expected `accountGuid`, `trackingGuid` and `unsubscribed` as JSON or as a form, or a provider's own subscription webhook"
    )]
    Unrecognised,
    /// The store failed: answer 503, so that it comes again.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What the handlers made of a request.
#[derive(Default)]
struct Heard {
    /// The providers whose handler knew the form.
    providers: Vec<String>,
    unsubscribes: Option<Vec<Unsubscribe>>,
    events: Vec<Event>,
    problem: Option<String>,
}

impl Inbox {
    /// Takes in a callback that the host has authenticated; durable when it returns. A repeat changes nothing.
    pub(crate) async fn process_unsubscribe(
        &self,
        providers: &[(String, Arc<dyn Provider>)],
        request: WebhookRequest,
    ) -> Result<UnsubscribeAnswer, UnsubscribeError> {
        let request = without_secrets(request);
        let heard = ask(&self.reader, providers, &request).await;
        let Some(unsubscribes) = &heard.unsubscribes else {
            let error = heard
                .problem
                .map_or(UnsubscribeError::Unrecognised, UnsubscribeError::Malformed);
            let reason = error.to_string();
            self.keep(request, WebhookContent::Unread(reason), heard.providers)
                .await?;
            return Err(error);
        };
        let notices = notices(Some(unsubscribes), &heard.events, request.received_at);
        let source = heard.reported_by(&request).to_owned();
        let content = WebhookContent::Read {
            events: notices
                .iter()
                .map(|notice| event(&source, notice, &request))
                .collect(),
            notices,
        };
        Ok(self.keep(request, content, heard.providers).await?)
    }

    async fn keep(
        &self,
        request: WebhookRequest,
        content: WebhookContent,
        providers: Vec<String>,
    ) -> Result<UnsubscribeAnswer, StoreError> {
        let hearing = Hearing {
            scope: self.scope,
            providers,
            source: FlagSource::Callback,
            heard_at: request.received_at,
        };
        let webhook = NewWebhook::new(CALLBACK, request, content, hearing);
        self.store.record_unsubscribe(webhook).await
    }
}

/// Asks every provider's handler, all at once. The first that knows the form is believed; as soon as it names the message there
/// is nothing to learn from the others, and none that hangs is waited for. Without a provider the CRM's form is still known.
async fn ask(
    reader: &Arc<Reader>,
    providers: &[(String, Arc<dyn Provider>)],
    request: &WebhookRequest,
) -> Heard {
    let mut asked = JoinSet::new();
    for (name, provider) in providers {
        let (reader, name) = (Arc::clone(reader), name.clone());
        let (provider, request) = (Arc::clone(provider), request.clone());
        asked.spawn(async move { (reader.read(&name, &provider, &request).await, name) });
    }
    let mut heard = Heard::default();
    while let Some(answer) = asked.join_next().await {
        if let Ok((Ok(reading), name)) = answer {
            heard.add(name, reading);
        }
        if heard.names_the_message() {
            return heard;
        }
    }
    if heard.unsubscribes.is_none() {
        heard.hear(crm_unsubscribe(request));
    }
    heard
}

impl Heard {
    fn add(&mut self, name: String, reading: Reading) {
        if matches!(reading.unsubscribes, Ok(Some(_))) {
            self.providers.push(name);
        }
        if self.unsubscribes.is_none() {
            self.events = reading.events.unwrap_or_default();
            self.hear(reading.unsubscribes);
        }
    }

    fn hear(&mut self, said: Result<Option<Vec<Unsubscribe>>, WebhookError>) {
        match said {
            Ok(said) => self.unsubscribes = said,
            Err(error) => self.problem = Some(error.message),
        }
    }

    /// Who reports it: the provider, if one alone knows the form and it is not the CRM's. Only a provider's own word is evidence
    /// of what that provider did.
    fn reported_by(&self, request: &WebhookRequest) -> &str {
        let from_the_crm = matches!(crm_unsubscribe(request), Ok(Some(_)));
        match self.providers.as_slice() {
            [only] if !from_the_crm => only,
            _ => CALLBACK,
        }
    }

    fn names_the_message(&self) -> bool {
        let named = |one: &Unsubscribe| one.tracking_id.is_some() && one.account_uid.is_some();
        let list = self.unsubscribes.as_deref();
        list.is_some_and(|list| !list.is_empty() && list.iter().all(named))
    }
}

/// The line of the timeline for a notice: the same notice is the same event, however often it comes and in whatever form.
fn event(source: &str, notice: &Notice, request: &WebhookRequest) -> NewEvent {
    let what_is_said = Notice {
        event_id: None,
        ..notice.clone()
    };
    let identity = serde_json::to_vec(&what_is_said).expect("a notice is plain data");
    NewEvent {
        provider: source.to_owned(),
        dedupe_key: format!("callback-{}", ContentHash::of(&identity)),
        kind: notice.word.event_kind(),
        recipient: notice.recipient.clone(),
        account: notice.account.clone(),
        tracking_id: notice.tracking_id,
        provider_message_id: notice.provider_message_id.clone(),
        occurred_at: notice.at.min(request.received_at),
        received_at: request.received_at,
        detail: None,
        suppresses: Some(notice.word.suppresses()),
    }
}
