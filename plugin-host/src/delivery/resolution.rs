//! A person's word about a doubt: what it means for the message, and how it stands in the record.

use std::fmt;

use jiff::Timestamp;

use super::MessageState;
use crate::routing::Outcome;
use crate::store::Settlement;

/// What a person says about a message in doubt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolution {
    /// Whether it was sent. A message that was not is sent again.
    pub sent: bool,
    /// The provider's id of the message, when it was sent and the id is known.
    pub provider_message_id: Option<String>,
    /// Who says so.
    pub by: String,
    /// How they know.
    pub reason: Option<String>,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResolveOutcome {
    /// Recorded.
    Resolved,
    /// "Not sent" cannot be known yet: until then the call in doubt may still be running.
    TooEarly {
        /// When it has surely ended.
        until: Timestamp,
    },
    /// The message is not in doubt: this is its state.
    NotInDoubt(MessageState),
    /// There is no such message.
    Unknown,
}

/// A sentence for whoever said it, without a full stop.
impl fmt::Display for ResolveOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Resolved => f.write_str("it is recorded"),
            Self::TooEarly { until } => write!(
                f,
                "the call in doubt may still be running until {until}; say then that the message was not sent"
            ),
            Self::NotInDoubt(state) => write!(f, "the message is not in doubt, it is {state}"),
            Self::Unknown => f.write_str("there is no such message"),
        }
    }
}

impl Resolution {
    /// The word for the timeline.
    pub(crate) fn line(&self) -> String {
        let verdict = if self.sent { "sent" } else { "not sent" };
        let reason = self.reason.as_deref().unwrap_or("no reason given");
        format!("{verdict}, says {}: {reason}", self.by)
    }

    pub(crate) fn settlement(&self, message: i64, attempt: i64, at: Timestamp) -> Settlement {
        let word = Settlement {
            reason: Some(format!("resolved by a person: {}", self.line())),
            ..Settlement::about(message, attempt, at)
        };
        if self.sent {
            return Settlement {
                outcome: Some(Outcome::Sent),
                state: MessageState::Sent,
                provider_message_id: self.provider_message_id.clone(),
                next: "nothing: a person says it was sent".to_owned(),
                ..word
            };
        }
        Settlement {
            state: MessageState::RetryWait,
            next_at: Some(at),
            again_at: Some(at),
            next: "again: a person says it was not sent".to_owned(),
            ..word
        }
    }
}
