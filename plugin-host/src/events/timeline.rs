//! The status of a message's recipient: a fold over events that gives the same answer whatever their order and number.
//!
//! Webhooks come late, twice and in the wrong order, so the status is the *weightiest* thing known to have happened, never the
//! last one heard. Weights, lightest first:
//!
//! | status | why it stands here |
//! |---|---|
//! | `pending` | nothing is known |
//! | `queued`, `sent` | the provider has it |
//! | `deferred` | it goes on trying; everything final outweighs it |
//! | `delivered` | a server took it |
//! | `bounced-other`, `bounced-soft` | it came back after all, also after a delivery |
//! | `opened`, `clicked` | somebody has it, so a doubtful bounce was wrong |
//! | `bounced-blocked`, `bounced-hard` | refused for good; mail scanners open what they refuse |
//! | `rejected`, `suppressed` | a provider dropped it, or it never left for them |
//! | `unsubscribed`, `complained` | only who has the message does that, and it must not be overlooked |
//!
//! A re-subscription is a matter of the contact and not of this message: it shows in the timeline and leaves the status alone.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use plugin_api::{BounceKind, EventKind};
use serde::{Deserialize, Serialize};

/// What became of a message for one recipient, the lightest first. Stored under its name in kebab-case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum RecipientStatus {
    /// Nothing is known yet.
    Pending,
    /// The provider has it in its queue.
    Queued,
    /// The provider accepted it.
    Sent,
    /// The receiving server asked to wait.
    Deferred,
    /// The receiving server took it.
    Delivered,
    /// It came back; the provider does not say why.
    BouncedOther,
    /// It came back for a passing reason.
    BouncedSoft,
    /// Opened, or a mail program fetched its images.
    Opened,
    /// A tracked link was followed.
    Clicked,
    /// It came back for its content, our reputation or a policy.
    BouncedBlocked,
    /// It came back: no such mailbox or domain.
    BouncedHard,
    /// A provider refused it, or dropped it after accepting it.
    Rejected,
    /// It was not sent to them: Do Not Contact, or the provider's own list.
    Suppressed,
    /// The recipient unsubscribed from it.
    Unsubscribed,
    /// The recipient reported it as spam.
    Complained,
}

use RecipientStatus as Status;

impl RecipientStatus {
    /// Every status, the lightest first.
    pub const ALL: [Self; 15] = [
        Self::Pending,
        Self::Queued,
        Self::Sent,
        Self::Deferred,
        Self::Delivered,
        Self::BouncedOther,
        Self::BouncedSoft,
        Self::Opened,
        Self::Clicked,
        Self::BouncedBlocked,
        Self::BouncedHard,
        Self::Rejected,
        Self::Suppressed,
        Self::Unsubscribed,
        Self::Complained,
    ];

    /// The word it is stored under.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Deferred => "deferred",
            Self::Delivered => "delivered",
            Self::BouncedOther => "bounced-other",
            Self::BouncedSoft => "bounced-soft",
            Self::Opened => "opened",
            Self::Clicked => "clicked",
            Self::BouncedBlocked => "bounced-blocked",
            Self::BouncedHard => "bounced-hard",
            Self::Rejected => "rejected",
            Self::Suppressed => "suppressed",
            Self::Unsubscribed => "unsubscribed",
            Self::Complained => "complained",
        }
    }
}

impl fmt::Display for RecipientStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text is no recipient's status.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a recipient's status such as `delivered` (got `{0}`)")]
pub struct UnknownStatus(String);

impl FromStr for RecipientStatus {
    type Err = UnknownStatus;

    fn from_str(text: &str) -> Result<Self, UnknownStatus> {
        let found = Self::ALL.into_iter().find(|status| status.as_str() == text);
        found.ok_or_else(|| UnknownStatus(text.to_owned()))
    }
}

/// What an event says about the recipient's status; `None` when it says nothing.
pub fn status_of(kind: EventKind) -> Option<RecipientStatus> {
    Some(match kind {
        EventKind::Queued => Status::Queued,
        EventKind::Sent => Status::Sent,
        EventKind::Rejected => Status::Rejected,
        EventKind::Delivered => Status::Delivered,
        EventKind::Deferred => Status::Deferred,
        EventKind::Bounced(BounceKind::Hard) => Status::BouncedHard,
        EventKind::Bounced(BounceKind::Soft) => Status::BouncedSoft,
        EventKind::Bounced(BounceKind::Blocked) => Status::BouncedBlocked,
        EventKind::Bounced(_) => Status::BouncedOther,
        EventKind::Complained => Status::Complained,
        EventKind::Opened => Status::Opened,
        EventKind::Clicked => Status::Clicked,
        EventKind::Unsubscribed => Status::Unsubscribed,
        _ => return None,
    })
}

/// A recipient's status and since when: the earliest time at which it is known to have come about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusSince {
    /// The status.
    pub status: RecipientStatus,
    /// When it came about, by the provider's clock where it says so.
    pub at: Timestamp,
}

impl StatusSince {
    /// The same status after `heard`: the weightier of the two, and of two alike the earlier.
    #[must_use]
    pub fn after(self, heard: Self) -> Self {
        let outweighs =
            (heard.status, std::cmp::Reverse(heard.at)) > (self.status, std::cmp::Reverse(self.at));
        if outweighs { heard } else { self }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KINDS: [EventKind; 17] = [
        EventKind::Queued,
        EventKind::Sent,
        EventKind::Rejected,
        EventKind::Delivered,
        EventKind::Deferred,
        EventKind::Bounced(BounceKind::Hard),
        EventKind::Bounced(BounceKind::Soft),
        EventKind::Bounced(BounceKind::Blocked),
        EventKind::Bounced(BounceKind::Other),
        EventKind::Complained,
        EventKind::Opened,
        EventKind::Clicked,
        EventKind::Unsubscribed,
        EventKind::Resubscribed,
        EventKind::AutoResponded,
        EventKind::Inbound,
        EventKind::Unknown,
    ];

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn fold(events: impl IntoIterator<Item = (EventKind, i64)>) -> StatusSince {
        let start = StatusSince {
            status: Status::Pending,
            at: at(0),
        };
        events
            .into_iter()
            .filter_map(|(kind, second)| {
                let status = status_of(kind)?;
                Some(StatusSince {
                    status,
                    at: at(second),
                })
            })
            .fold(start, StatusSince::after)
    }

    #[test]
    fn the_weights_are_those_of_the_table() {
        use EventKind::*;
        let weightier = [
            (Delivered, Deferred),
            (Bounced(BounceKind::Soft), Delivered),
            (Opened, Bounced(BounceKind::Soft)),
            (Clicked, Opened),
            (Bounced(BounceKind::Hard), Opened),
            (Bounced(BounceKind::Hard), Delivered),
            (Unsubscribed, Clicked),
            (Complained, Unsubscribed),
        ];
        for (heavy, light) in weightier {
            let expected = status_of(heavy).unwrap();
            for events in [[(heavy, 1), (light, 2)], [(light, 1), (heavy, 2)]] {
                assert_eq!(fold(events).status, expected, "{events:?}");
            }
        }
    }

    #[test]
    fn a_resubscription_leaves_the_message_as_it_is() {
        let events = [(EventKind::Unsubscribed, 1), (EventKind::Resubscribed, 2)];
        assert_eq!(fold(events).status, Status::Unsubscribed);
    }

    #[test]
    fn of_two_opens_the_first_counts() {
        let events = [(EventKind::Opened, 9), (EventKind::Opened, 3)];
        assert_eq!(fold(events).at, at(3));
    }

    #[test]
    fn a_status_is_read_back_from_its_word() {
        for status in Status::ALL {
            assert_eq!(status.as_str().parse(), Ok(status));
            let json = serde_json::to_string(&status).unwrap();
            assert_eq!(json, format!("\"{status}\""));
        }
        assert!("bounced".parse::<Status>().is_err());
        assert!(Status::ALL.is_sorted());
    }

    proptest! {
        #[test]
        fn the_same_events_in_any_order_and_number_give_the_same_status(
            events in proptest::collection::vec((proptest::sample::select(KINDS.to_vec()), 0_i64..9), 1..12),
            order in proptest::collection::vec(any::<proptest::sample::Index>(), 0..40),
        ) {
            let shuffled = order.iter().map(|index| *index.get(&events));
            let every = shuffled.chain(events.iter().rev().copied());
            prop_assert_eq!(fold(every), fold(events.clone()));
        }
    }
}
