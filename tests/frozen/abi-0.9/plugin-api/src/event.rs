//! What happened to a message after it was accepted, in one vocabulary for all services.

use jiff::Timestamp;

use crate::ProviderMessageId;

/// One thing that happened, normalised, beside the provider's own words. The host keeps the raw request.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// When, by the provider's clock; `None` when it does not say.
    pub occurred_at: Option<Timestamp>,
    /// The recipient it concerns, in the provider's spelling.
    pub recipient: Option<String>,
    /// The provider's id of the message.
    pub provider_message_id: Option<ProviderMessageId>,
    /// Our id of the message, when the provider gave it back. Not trusted before the host has compared it with its own record.
    pub tracking_id: Option<String>,
    /// The CRM account, when the provider gave it back.
    pub account_uid: Option<String>,
    /// The message stream.
    pub stream: Option<String>,
    /// What tells this event from every other: stable over repeated deliveries. `None` when the service has no such thing.
    pub event_id: Option<String>,
    /// The provider's own words: type, reason, diagnostic.
    pub detail: Option<String>,
    /// Whether the provider will refuse this recipient from now on, when it says so.
    pub suppresses: Option<bool>,
}

impl Event {
    /// An event of which only the kind is known so far.
    pub fn new(kind: EventKind) -> Self {
        Self {
            kind,
            occurred_at: None,
            recipient: None,
            provider_message_id: None,
            tracking_id: None,
            account_uid: None,
            stream: None,
            event_id: None,
            detail: None,
            suppresses: None,
        }
    }
}

/// The kinds of events. Delivered means the receiving server took it, never that somebody read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EventKind {
    /// The provider has it in its queue.
    Queued,
    /// The provider accepted it for sending.
    Sent,
    /// The provider dropped it after accepting it.
    Rejected,
    /// The receiving server took it.
    Delivered,
    /// The receiving server asked to wait; the provider goes on trying.
    Deferred,
    /// The receiving side refused it.
    Bounced(BounceKind),
    /// The recipient reported it as spam.
    Complained,
    /// Opened, or a mail program fetched its images.
    Opened,
    /// A tracked link was followed.
    Clicked,
    /// The recipient asked for no further mail.
    Unsubscribed,
    /// The recipient, or the customer for them, took that back.
    Resubscribed,
    /// An automatic answer came back.
    AutoResponded,
    /// A mail came in.
    Inbound,
    /// Something this version has no word for; kept, changes nothing.
    Unknown,
}

/// Why a message came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BounceKind {
    /// Permanent: no such mailbox or domain.
    Hard,
    /// Temporary: mailbox full, server busy.
    Soft,
    /// Refused for content, reputation or policy.
    Blocked,
    /// Not classified.
    Other,
}

impl EventKind {
    /// Numbers from 100 to 199 are bounces, from 200 to 299 wishes for no more mail, also those to come.
    pub(crate) fn code(self) -> u32 {
        match self {
            Self::Unknown => 0,
            Self::Queued => 1,
            Self::Sent => 2,
            Self::Rejected => 3,
            Self::Delivered => 4,
            Self::Deferred => 5,
            Self::Complained => 6,
            Self::Opened => 7,
            Self::Clicked => 8,
            Self::Resubscribed => 9,
            Self::AutoResponded => 10,
            Self::Inbound => 11,
            Self::Bounced(BounceKind::Other) => 100,
            Self::Bounced(BounceKind::Hard) => 101,
            Self::Bounced(BounceKind::Soft) => 102,
            Self::Bounced(BounceKind::Blocked) => 103,
            Self::Unsubscribed => 200,
        }
    }

    /// A number from a newer plugin reads as `Unknown`, unless its range says more.
    pub(crate) fn from_code(code: u32) -> Self {
        match code {
            1 => Self::Queued,
            2 => Self::Sent,
            3 => Self::Rejected,
            4 => Self::Delivered,
            5 => Self::Deferred,
            6 => Self::Complained,
            7 => Self::Opened,
            8 => Self::Clicked,
            9 => Self::Resubscribed,
            10 => Self::AutoResponded,
            11 => Self::Inbound,
            101 => Self::Bounced(BounceKind::Hard),
            102 => Self::Bounced(BounceKind::Soft),
            103 => Self::Bounced(BounceKind::Blocked),
            100..200 => Self::Bounced(BounceKind::Other),
            200..300 => Self::Unsubscribed,
            _ => Self::Unknown,
        }
    }
}

debug_without_addresses!(Event {
    kind, occurred_at, provider_message_id, tracking_id, account_uid, stream, event_id, suppresses,
} hides { recipient, detail });

#[cfg(test)]
mod tests {
    use super::{BounceKind, EventKind};

    #[test]
    fn every_kind_comes_back_as_it_went_and_numbers_to_come_do_no_harm() {
        let known = (0..400)
            .map(EventKind::from_code)
            .filter(|kind| *kind != EventKind::Unknown);
        for kind in known {
            assert_eq!(EventKind::from_code(kind.code()), kind);
        }
        assert_eq!(
            EventKind::from_code(199),
            EventKind::Bounced(BounceKind::Other)
        );
        assert_eq!(EventKind::from_code(299), EventKind::Unsubscribed);
        assert_eq!(EventKind::from_code(300), EventKind::Unknown);
    }
}
