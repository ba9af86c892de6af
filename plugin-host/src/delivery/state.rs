//! The states of a message and the moves between them. One function holds every legal move.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Where a message stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MessageState {
    /// Accepted, waits for its first attempt.
    Queued,
    /// A provider is being asked.
    Sending,
    /// Certainly not accepted so far; waits for another attempt.
    RetryWait,
    /// Perhaps accepted; waits for evidence.
    InDoubt,
    /// A provider accepted it. Final.
    Sent,
    /// Nobody takes it. Final.
    Rejected,
    /// Stopped by Do Not Contact, or the service will not mail its recipients. Final.
    Suppressed,
    /// Called back before it left. Final.
    Cancelled,
}

use MessageState::{Cancelled, InDoubt, Queued, Rejected, RetryWait, Sending, Sent, Suppressed};

impl MessageState {
    /// Every state, in the order of a message's life.
    pub const ALL: [Self; 8] = [
        Queued, Sending, RetryWait, InDoubt, Sent, Rejected, Suppressed, Cancelled,
    ];

    /// Whether nothing moves it any more.
    pub const fn is_final(self) -> bool {
        matches!(self, Sent | Rejected | Suppressed | Cancelled)
    }

    /// Whether it waits to be claimed.
    pub const fn is_waiting(self) -> bool {
        matches!(self, Queued | RetryWait)
    }

    /// Whether a message may move from this state to `next`.
    ///
    /// A call that nothing of left (a crash between claim and call) goes back from `sending` to `queued`. A doubt ends as `sent` (found), in
    /// `retry-wait` (presumed absent, or a person says so), or finally.
    pub const fn may_become(self, next: Self) -> bool {
        match self {
            Queued => matches!(next, Sending | Rejected | Suppressed | Cancelled),
            Sending => matches!(
                next,
                Queued | RetryWait | InDoubt | Sent | Rejected | Suppressed
            ),
            RetryWait => matches!(next, Sending | Sent | Rejected | Suppressed | Cancelled),
            InDoubt => matches!(next, RetryWait | Sent | Rejected | Suppressed),
            Sent | Rejected | Suppressed | Cancelled => false,
        }
    }

    /// The name under which it is stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Queued => "queued",
            Sending => "sending",
            RetryWait => "retry-wait",
            InDoubt => "in-doubt",
            Sent => "sent",
            Rejected => "rejected",
            Suppressed => "suppressed",
            Cancelled => "cancelled",
        }
    }
}

impl fmt::Display for MessageState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The text names no state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no state of a message; expected one of queued, sending, retry-wait, in-doubt, sent, rejected, suppressed, cancelled"
)]
pub struct UnknownState(String);

impl FromStr for MessageState {
    type Err = UnknownState;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| UnknownState(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::MessageState;

    #[test]
    fn a_final_state_is_left_by_no_move_and_every_other_can_end() {
        for from in MessageState::ALL {
            let moves: Vec<_> = MessageState::ALL
                .into_iter()
                .filter(|next| from.may_become(*next))
                .collect();
            assert_eq!(moves.is_empty(), from.is_final(), "{from}");
            assert!(
                from.is_final() || moves.iter().any(|next| next.is_final()),
                "{from}"
            );
            assert!(!moves.contains(&from), "{from} to itself");
        }
    }

    #[test]
    fn a_message_in_doubt_is_never_claimed_again_directly() {
        assert!(!MessageState::InDoubt.may_become(MessageState::Sending));
        assert!(!MessageState::InDoubt.may_become(MessageState::Queued));
        assert!(!MessageState::InDoubt.is_waiting());
    }

    #[test]
    fn names_are_read_back() {
        for state in MessageState::ALL {
            assert_eq!(state.as_str().parse(), Ok(state));
        }
        assert!("SENT".parse::<MessageState>().is_err());
    }
}
