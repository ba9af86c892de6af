//! What an attempt's outcome means for the other providers of the pool (the table of send errors, seen by routing).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{CandidateState, SkipReason};

/// How this message's last attempt with a provider ended. Stored under these names in kebab-case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The provider accepted it.
    Sent,
    /// Every provider would refuse it.
    InvalidMessage,
    /// The service will not mail a recipient of this very attempt.
    RecipientSuppressed,
    /// The provider refused the sender, stream, account or request.
    ProviderRefused,
    /// The provider asked for patience.
    Throttled,
    /// Certainly not accepted.
    Unavailable,
    /// Perhaps accepted, and not settled yet. A doubt that has been settled is no longer this: report `Sent` when it was
    /// found, and leave the attempt out when it was presumed absent.
    InDoubt,
    /// The provider cannot carry this message.
    Unsupported,
}

impl Outcome {
    /// The name under which it is stored and counted.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::InvalidMessage => "invalid-message",
            Self::RecipientSuppressed => "recipient-suppressed",
            Self::ProviderRefused => "provider-refused",
            Self::Throttled => "throttled",
            Self::Unavailable => "unavailable",
            Self::InDoubt => "in-doubt",
            Self::Unsupported => "unsupported",
        }
    }
}

/// What an outcome allows the other providers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Onward {
    /// The next in line may take the message.
    NextInLine,
    /// Nobody may take it until evidence settles the doubt.
    Hold,
    /// Nobody may take it any more.
    End,
}

/// An attempt of this message with one provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tried {
    /// How it ended.
    pub outcome: Outcome,
    /// When backoff lets this message try the same provider again; `None`: never. Without effect on an outcome that
    /// lets nobody take the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again_at: Option<Timestamp>,
}

impl Outcome {
    /// Whether the message may move on. A message in doubt never does, nor one whose recipient a service suppresses.
    pub fn onward(self) -> Onward {
        match self {
            Self::Unavailable | Self::ProviderRefused | Self::Throttled | Self::Unsupported => {
                Onward::NextInLine
            }
            Self::InDoubt => Onward::Hold,
            Self::Sent | Self::InvalidMessage | Self::RecipientSuppressed => Onward::End,
        }
    }
}

/// Why no other provider may take the message, if so. A doubt outweighs an end.
///
/// Looks at every state given, also of providers that have left the pool since: a doubt stays a doubt.
pub(super) fn block(candidates: &[CandidateState]) -> Option<SkipReason> {
    let ended = candidates.iter().filter_map(ending);
    let doubted = candidates
        .iter()
        .any(|candidate| candidate.onward() == Some(Onward::Hold));
    if doubted {
        return Some(SkipReason::InDoubtElsewhere);
    }
    ended
        .map(|outcome| SkipReason::SettledElsewhere { outcome })
        .next()
}

fn ending(candidate: &CandidateState) -> Option<Outcome> {
    if candidate.suppressed {
        return Some(Outcome::RecipientSuppressed);
    }
    candidate
        .tried
        .map(|tried| tried.outcome)
        .filter(|outcome| outcome.onward() == Onward::End)
}
