//! Lets a plugin read a request without trusting it to come back.
//!
//! The plugin's readers are plain functions that must not block, but nobody can make them keep to it. Each request is read on a
//! thread of its own, with a deadline and a bound for each provider. Not on tokio's blocking threads: a runtime waits for those
//! when it ends, and would wait for ever.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use plugin_api::{Capability, Event, Provider, Unsubscribe, WebhookError, WebhookRequest};
use tokio::sync::{Semaphore, oneshot};

/// So many requests of one provider are read at a time; those that hang count.
const AT_ONCE: usize = 16;

/// What a provider made of a request.
#[derive(Debug)]
pub(crate) struct Reading {
    /// Whether it verifies a signature of the service when it reads events.
    pub(crate) verifies: bool,
    pub(crate) events: Result<Vec<Event>, WebhookError>,
    pub(crate) unsubscribes: Result<Option<Vec<Unsubscribe>>, WebhookError>,
}

impl Reading {
    fn of(provider: &dyn Provider, request: &WebhookRequest) -> Self {
        Self {
            verifies: provider.capabilities().has(Capability::WebhookSignatures),
            events: provider.parse_webhook(request),
            unsubscribes: provider.process_unsubscribe(request),
        }
    }
}

/// Why a request was not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ReadFault {
    #[error("the plugin did not answer within {0:?}")]
    NoAnswer(Duration),
    #[error("the plugin panicked")]
    Panicked,
    #[error("no thread could be started to read it")]
    NoThread,
}

/// Reads requests through plugins.
#[derive(Debug)]
pub(crate) struct Reader {
    within: Duration,
    slots: Mutex<HashMap<String, Arc<Semaphore>>>,
}

impl Reader {
    /// A reader that waits so long for each answer.
    pub(crate) fn new(within: Duration) -> Self {
        Self {
            within,
            slots: Mutex::default(),
        }
    }

    /// What the provider makes of the request. A plugin that does not come back keeps its thread, and one of its provider's
    /// places.
    pub(crate) async fn read(
        &self,
        name: &str,
        provider: &Arc<dyn Provider>,
        request: &WebhookRequest,
    ) -> Result<Reading, ReadFault> {
        let reading = self.read_in_turn(name, provider, request);
        tokio::time::timeout(self.within, reading)
            .await
            .unwrap_or(Err(ReadFault::NoAnswer(self.within)))
    }

    async fn read_in_turn(
        &self,
        name: &str,
        provider: &Arc<dyn Provider>,
        request: &WebhookRequest,
    ) -> Result<Reading, ReadFault> {
        let place = self.slots(name).acquire_owned().await;
        let (answer, answered) = oneshot::channel();
        let (provider, request) = (Arc::clone(provider), request.clone());
        std::thread::Builder::new()
            .name("webhook-reader".to_owned())
            .spawn(move || {
                // Whoever asked may have stopped waiting.
                let _ = answer.send(Reading::of(&*provider, &request));
                drop(place);
            })
            .map_err(|_| ReadFault::NoThread)?;
        answered.await.map_err(|_| ReadFault::Panicked)
    }

    fn slots(&self, name: &str) -> Arc<Semaphore> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let slots = slots.entry(name.to_owned());
        Arc::clone(slots.or_insert_with(|| Arc::new(Semaphore::new(AT_ONCE))))
    }
}
