//! What a flag is and which word about it holds: arithmetic only.
//!
//! A contact (a lead or an address) has one *standing* for each reason, and each standing keeps the newest word by the time the
//! thing **happened**, not by the time the host heard of it. So a retry of an old unsubscribe does not undo a newer
//! re-subscription, whatever order the two arrive in; where both happened at the same moment, not contacting wins. One standing
//! per reason, because who unsubscribes after a hard bounce has not repaired their mailbox.

use std::fmt;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};
use plugin_api::{BounceKind, EventKind, SuppressionOrigin, SuppressionReason};
use serde::{Deserialize, Serialize};

/// Why somebody is not to be contacted. Stored as `unsubscribed`, `hard-bounce`, `complaint` and `manual`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FlagReason {
    /// They unsubscribed, or somebody did it for them. The only reason an essential route may pass.
    Unsubscribed,
    /// Their mailbox does not exist, or the service gave it up.
    HardBounce,
    /// They reported a mail as spam.
    Complaint,
    /// A person or another program said so, or a service gave a reason this version has no word for.
    Manual,
}

impl FlagReason {
    /// Every reason, the mildest first.
    pub const ALL: [Self; 4] = [
        Self::Unsubscribed,
        Self::HardBounce,
        Self::Complaint,
        Self::Manual,
    ];

    /// The word it is stored under.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unsubscribed => "unsubscribed",
            Self::HardBounce => "hard-bounce",
            Self::Complaint => "complaint",
            Self::Manual => "manual",
        }
    }

    /// Whether an essential message (a password reset) may pass it.
    pub const fn yields_to_essential(self) -> bool {
        matches!(self, Self::Unsubscribed)
    }
}

impl From<SuppressionReason> for FlagReason {
    fn from(reason: SuppressionReason) -> Self {
        match reason {
            SuppressionReason::Unsubscribed => Self::Unsubscribed,
            SuppressionReason::HardBounce => Self::HardBounce,
            SuppressionReason::Complaint => Self::Complaint,
            _ => Self::Manual,
        }
    }
}

impl fmt::Display for FlagReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text is no reason for a flag.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected `unsubscribed`, `hard-bounce`, `complaint` or `manual` (got `{0}`)")]
pub struct UnknownReason(String);

impl FromStr for FlagReason {
    type Err = UnknownReason;

    fn from_str(text: &str) -> Result<Self, UnknownReason> {
        let found = Self::ALL.into_iter().find(|reason| reason.as_str() == text);
        found.ok_or_else(|| UnknownReason(text.to_owned()))
    }
}

/// What somebody said about a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Word {
    /// Do not contact, for this reason.
    Flag {
        /// Why.
        reason: FlagReason,
    },
    /// The recipient took their unsubscribe back.
    Resubscribe,
    /// The customer or the service made the address active again: takes back an unsubscribe and a hard bounce, never a
    /// complaint.
    Reactivate,
    /// A person decided that contact is allowed: takes back every reason.
    Lift,
    /// A person decided that this reason does not hold any more.
    LiftOnly {
        /// The reason taken back.
        reason: FlagReason,
    },
}

impl Word {
    /// What a service's list change says. Where it does not say who asked, a release takes back as little as possible.
    pub fn from_service(
        suppress: bool,
        reason: SuppressionReason,
        origin: SuppressionOrigin,
    ) -> Self {
        match (suppress, origin) {
            (true, _) => Self::Flag {
                reason: reason.into(),
            },
            (false, SuppressionOrigin::Customer | SuppressionOrigin::Admin) => Self::Reactivate,
            (false, _) => Self::Resubscribe,
        }
    }

    /// Whether it says not to contact.
    pub const fn suppresses(self) -> bool {
        matches!(self, Self::Flag { .. })
    }

    /// The event that a message's timeline shows for it.
    pub const fn event_kind(self) -> EventKind {
        match self {
            Self::Flag { reason } => match reason {
                FlagReason::Unsubscribed | FlagReason::Manual => EventKind::Unsubscribed,
                FlagReason::HardBounce => EventKind::Bounced(BounceKind::Hard),
                FlagReason::Complaint => EventKind::Complained,
            },
            Self::Resubscribe | Self::Reactivate | Self::Lift | Self::LiftOnly { .. } => {
                EventKind::Resubscribed
            }
        }
    }

    /// What holds for a reason after this word, if that differs from `held`.
    ///
    /// Lifting ends what stands and nothing else, whenever that happened: who lifts a flag has seen it, and has not seen
    /// the unsubscribe that is still on its way.
    pub fn settle(
        self,
        held: Option<Standing>,
        at: Timestamp,
        heard_at: Timestamp,
    ) -> Option<Standing> {
        let next = Standing::new(self.suppresses(), at, heard_at);
        let lifts = matches!(self, Self::Lift | Self::LiftOnly { .. });
        match held {
            Some(held) if lifts && held.suppress => Some(next.made_newer_than(held)),
            _ if lifts => None,
            _ => next.replaces(held).then_some(next),
        }
    }

    /// The reasons whose standing it speaks about.
    pub fn reasons(self) -> Vec<FlagReason> {
        match self {
            Self::Flag { reason } | Self::LiftOnly { reason } => vec![reason],
            Self::Resubscribe => vec![FlagReason::Unsubscribed],
            Self::Reactivate => vec![FlagReason::Unsubscribed, FlagReason::HardBounce],
            Self::Lift => FlagReason::ALL.to_vec(),
        }
    }
}

/// The newest word about one reason for one contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Whether it says not to contact.
    pub suppress: bool,
    /// When that happened, in whole microseconds: the precision in which times are stored.
    pub at: Timestamp,
}

impl Standing {
    /// A word that happened at `at` and was heard at `heard_at`. A sender's clock that runs ahead must not make its word
    /// irrevocable, so nothing counts as having happened later than it was heard.
    pub fn new(suppress: bool, at: Timestamp, heard_at: Timestamp) -> Self {
        Self {
            suppress,
            at: whole_microseconds(at.min(heard_at)),
        }
    }

    /// Whether this word replaces `held`: it is newer, or as new and says not to contact where `held` does not.
    pub fn replaces(self, held: Option<Self>) -> bool {
        held.is_none_or(|held| (self.at, self.suppress) > (held.at, held.suppress))
    }

    fn made_newer_than(self, held: Self) -> Self {
        const STEP: SignedDuration = SignedDuration::from_micros(1);
        Self {
            at: self.at.max(held.at.saturating_add(STEP).unwrap_or(held.at)),
            ..self
        }
    }
}

fn whole_microseconds(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at)
}

#[cfg(test)]
mod tests;
