//! Messages on their way in.

use jiff::Timestamp;
use plugin_api::Message;

/// A message to accept.
#[derive(Debug, Clone)]
pub(crate) struct NewMessage {
    /// The content.
    pub message: Message,
    /// The route it takes.
    pub route: String,
    /// Whether that route's messages pass an unsubscribe.
    pub essential: bool,
    /// Whether it goes alone and first.
    pub priority: bool,
    /// Encoded size in bytes, as services count it.
    pub size: u64,
    /// When it came in.
    pub accepted_at: Timestamp,
    /// Not before this moment.
    pub send_at: Option<Timestamp>,
}

impl NewMessage {
    /// When it may leave first.
    pub(crate) fn not_before(&self) -> Timestamp {
        self.send_at
            .map_or(self.accepted_at, |at| at.max(self.accepted_at))
    }
}

/// What came of accepting a message. Durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AcceptOutcome {
    /// It is on record: in the outbox, or stopped by the gate. A repeat hears what the first time was answered.
    Recorded {
        /// When it first came in.
        accepted_at: Timestamp,
        /// Whether the same message had been accepted before.
        repeat: bool,
        /// Whom the gate left out when it first came in.
        stopped: Stopped,
    },
    /// Another message has this id in this account.
    Conflict,
}

/// Whom the gate left out at accept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Stopped {
    /// Recipients who asked not to be contacted.
    pub positions: Vec<u32>,
    /// Why the whole message was stopped, if it was.
    pub whole: Option<String>,
}
