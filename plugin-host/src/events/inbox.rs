//! The webhook inbox: keep the request, let the plugin read it, store each event once, answer after the commit.
//!
//! A service repeats what is not answered well, and some drop an event for good when it is answered badly. So whatever came from
//! the service itself is kept and answered well, understood or not; only who cannot prove to be the service is refused, and only
//! when nothing can be kept is the service asked to come again.

use std::sync::Arc;
use std::time::Duration;

use plugin_api::{Provider, WebhookErrorKind, WebhookRequest};

use super::incoming::{new_events, without_secrets};
use super::reader::{ReadFault, Reader, Reading};
use crate::compliance::{FlagScope, FlagSource, notices};
use crate::store::{Hearing, NewWebhook, Store, StoreError, WebhookContent};

/// A plugin that has not read a request after so long has it set aside.
const READ_WITHIN: Duration = Duration::from_secs(5);

/// A webhook that was kept: answer 200.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookAnswer {
    /// How many events were read from it, repeats included.
    pub events: usize,
    /// Why nothing could be read from it; it is kept for a person to look at, and can be read again later.
    pub set_aside: Option<String>,
}

/// A webhook that was not kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WebhookFault {
    /// It is not from the service: answer 401. Nothing was kept.
    #[error("the webhook is not authenticated: {0}")]
    Unauthenticated(String),
    /// Whether it is from the service cannot be told now: answer 503, so that it comes again. Nothing was kept.
    #[error("the webhook cannot be checked now: {0}")]
    Unchecked(String),
    /// The store failed: answer 503, so that it comes again.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Takes in what services and the CRM report.
pub(crate) struct Inbox {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) scope: FlagScope,
    pub(crate) reader: Arc<Reader>,
}

impl Inbox {
    /// An inbox over a store, with the configured reach of flags on addresses.
    pub(crate) fn new(store: Arc<dyn Store>, scope: FlagScope) -> Self {
        Self {
            store,
            scope,
            reader: Arc::new(Reader::new(READ_WITHIN)),
        }
    }

    /// Takes in a webhook for a provider; durable when it returns. A repeat changes nothing.
    pub(crate) async fn webhook(
        &self,
        name: &str,
        provider: &Arc<dyn Provider>,
        request: WebhookRequest,
    ) -> Result<WebhookAnswer, WebhookFault> {
        let request = without_secrets(request);
        let reading = self.reader.read(name, provider, &request).await;
        let content = judge(name, &request, reading)?;
        let answer = WebhookAnswer::of(&content);
        if let Some(reason) = &answer.set_aside {
            tracing::warn!(provider = name, reason, "a webhook was set aside");
        }
        let hearing = Hearing {
            scope: self.scope,
            providers: vec![name.to_owned()],
            source: FlagSource::Webhook,
            heard_at: request.received_at,
        };
        let webhook = NewWebhook::new(name, request, content, hearing);
        self.store.record_webhook(webhook).await?;
        Ok(answer)
    }
}

impl WebhookAnswer {
    fn of(content: &WebhookContent) -> Self {
        match content {
            WebhookContent::Read { events, .. } => Self {
                events: events.len(),
                set_aside: None,
            },
            WebhookContent::Unread(reason) => Self {
                events: 0,
                set_aside: Some(reason.clone()),
            },
        }
    }
}

/// What becomes of a request, given what its provider made of it.
fn judge(
    name: &str,
    request: &WebhookRequest,
    reading: Result<Reading, ReadFault>,
) -> Result<WebhookContent, WebhookFault> {
    let reading = match reading {
        Ok(reading) => reading,
        Err(fault) if request.authenticated_by_host => {
            return Ok(WebhookContent::Unread(fault.to_string()));
        }
        Err(fault) => return Err(WebhookFault::Unchecked(fault.to_string())),
    };
    if !request.authenticated_by_host && !reading.verifies {
        let reason =
            "the plugin verifies no signature, and the host has not authenticated the sender";
        return Err(WebhookFault::Unauthenticated(reason.to_owned()));
    }
    let unsubscribes = reading.unsubscribes.ok().flatten();
    let (events, problem) = match reading.events {
        Ok(events) => (events, None),
        Err(error) if error.kind == WebhookErrorKind::Unauthenticated => {
            return Err(WebhookFault::Unauthenticated(error.message));
        }
        // Whether the sender is who it should be was not found out.
        Err(error) if error.kind == WebhookErrorKind::Failed && !request.authenticated_by_host => {
            return Err(WebhookFault::Unchecked(error.message));
        }
        Err(error) => (Vec::new(), Some(error.message)),
    };
    match (problem, &unsubscribes) {
        (Some(problem), None) => Ok(WebhookContent::Unread(problem)),
        _ => Ok(WebhookContent::Read {
            notices: notices(unsubscribes.as_deref(), &events, request.received_at),
            events: new_events(name, request, &events),
        }),
    }
}
