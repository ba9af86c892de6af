//! What became of attempts.

use jiff::Timestamp;

use crate::delivery::MessageState;
use crate::routing::Outcome;

/// The result of an attempt, or evidence about it.
#[derive(Debug, Clone)]
pub(crate) struct Settlement {
    /// The message's row.
    pub message: i64,
    /// The attempt's row.
    pub attempt: i64,
    /// When it is known.
    pub at: Timestamp,
    /// How the attempt ended; `None`: nothing left (not called, or presumed absent).
    pub outcome: Option<Outcome>,
    /// The state the message moves to. An illegal move (a late answer about a message that is final) changes the attempt alone.
    pub state: MessageState,
    /// When it may be claimed again; only with a waiting state.
    pub next_at: Option<Timestamp>,
    /// When the same provider may be asked again; `None`: never.
    pub again_at: Option<Timestamp>,
    /// What happens next, for people.
    pub next: String,
    /// Why, for people: the message's reason.
    pub reason: Option<String>,
    /// The provider's id of the message.
    pub provider_message_id: Option<String>,
    /// The provider's own code.
    pub provider_code: Option<String>,
    /// The provider's or host's words.
    pub detail: Option<String>,
    /// What it means for single recipients.
    pub recipients: Vec<RecipientChange>,
    /// The provider's ids of further mails of the same message that came to light.
    pub duplicates: Vec<String>,
    /// What people should know although the message moves on; stands in the timeline.
    pub warning: Option<String>,
}

impl Settlement {
    /// An attempt of which nothing left, about a message in doubt: the caller fills in what is known.
    pub(crate) fn about(message: i64, attempt: i64, at: Timestamp) -> Self {
        Self {
            message,
            attempt,
            at,
            outcome: None,
            state: MessageState::InDoubt,
            next_at: None,
            again_at: None,
            next: String::new(),
            reason: None,
            provider_message_id: None,
            provider_code: None,
            detail: None,
            recipients: Vec::new(),
            duplicates: Vec::new(),
            warning: None,
        }
    }
}

/// An attempt that an earlier run left in the middle of its call.
#[derive(Debug, Clone)]
pub(crate) struct Interrupted {
    /// The message's row.
    pub message: i64,
    /// The attempt's row.
    pub attempt: i64,
    /// The run that claimed it.
    pub epoch: i64,
    /// The message's route.
    pub route: String,
}

/// What an attempt means for one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RecipientChange {
    /// Which.
    pub position: u32,
    /// Its status: `sent`, `suppressed`, `rejected`.
    pub status: &'static str,
    /// Why, for people.
    pub reason: Option<String>,
}
