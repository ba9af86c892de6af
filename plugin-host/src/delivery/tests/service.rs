//! Providers whose every answer is the test's.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use plugin_api::{
    Capabilities, Capability, CheckReport, Lookup, Message, MockProvider, Provider,
    ProviderMessageId, Receipt, SendError, TrackingId, UnsubscribeLink,
};

use crate::delivery::outcome::Answer;

/// How a provider answers a message.
pub(super) type Answering = fn(&Message) -> Answer;

/// What a provider was asked to send, call by call.
#[derive(Clone, Default)]
pub(super) struct Calls(Arc<Mutex<Vec<Vec<Message>>>>);

impl Calls {
    pub(super) fn add(&self, messages: &[Message]) {
        self.0.lock().unwrap().push(messages.to_vec());
    }

    /// The number of messages in each call.
    pub(super) fn sizes(&self) -> Vec<usize> {
        self.0.lock().unwrap().iter().map(Vec::len).collect()
    }

    pub(super) fn messages(&self) -> Vec<Message> {
        self.0.lock().unwrap().concat()
    }

    pub(super) fn count(&self, id: TrackingId) -> usize {
        let is_this = |message: &&Message| message.tracking_id() == id;
        self.messages().iter().filter(is_this).count()
    }
}

/// A provider that answers each message by `answer`, each lookup by `lookup`, and has an account.
pub(super) fn provider(
    answer: impl Fn(&Message) -> Answer + Send + Sync + 'static,
    lookup: impl Fn(TrackingId) -> Lookup + Send + Sync + 'static,
) -> (Arc<dyn Provider>, Calls) {
    let mut mock = MockProvider::new();
    let answer = Arc::new(answer);
    let calls = Calls::default();
    mock.expect_capabilities()
        .returning(|| Capabilities::new().with_limit(Capability::MaxBatch, 500));
    mock.expect_render_unsubscribe()
        .returning(|_| Some(UnsubscribeLink::Canonical));
    mock.expect_check()
        .returning(|_| Ok(CheckReport::new("account-1")));
    mock.expect_find_sent().returning(move |queries, _| {
        queries
            .iter()
            .map(|query| lookup(query.tracking_id))
            .collect()
    });
    let (one, log) = (Arc::clone(&answer), calls.clone());
    mock.expect_send().returning(move |message, _| {
        log.add(std::slice::from_ref(message));
        one(message)
    });
    let log = calls.clone();
    mock.expect_send_batch().returning(move |messages, _| {
        log.add(messages);
        messages.iter().map(|message| answer(message)).collect()
    });
    (Arc::new(mock), calls)
}

/// A provider that answers like this and cannot search.
pub(super) fn answering(
    answer: impl Fn(&Message) -> Answer + Send + Sync + 'static,
) -> (Arc<dyn Provider>, Calls) {
    provider(answer, |_| Lookup::unknown("it has no search"))
}

pub(super) fn accepted(message: &Message) -> Answer {
    Ok(Receipt::new(ProviderMessageId::new(format!(
        "pm-{}",
        message.tracking_id()
    ))))
}

pub(super) fn unavailable(_: &Message) -> Answer {
    Err(SendError::unavailable("refused connection"))
}

pub(super) fn in_doubt(_: &Message) -> Answer {
    Err(SendError::in_doubt("reset after the request"))
}

/// A provider that is down until somebody says otherwise.
pub(super) fn ailing() -> (Arc<AtomicBool>, Arc<dyn Provider>, Calls) {
    let is_down = Arc::new(AtomicBool::new(true));
    let down = Arc::clone(&is_down);
    let (first, calls) = answering(move |message| {
        if down.load(Ordering::Acquire) {
            unavailable(message)
        } else {
            accepted(message)
        }
    });
    (is_down, first, calls)
}
