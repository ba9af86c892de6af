//! What happened to a message after it was accepted, in one vocabulary for all services.

use jiff::Timestamp;

use crate::ProviderMessageId;

/// One thing that happened, normalised, beside the provider's own words. The host keeps the raw request.
#[derive(Debug, Clone, PartialEq, Eq)]
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

const NUMBERS: [(EventKind, u32); 17] = [
    (EventKind::Queued, 1),
    (EventKind::Sent, 2),
    (EventKind::Rejected, 3),
    (EventKind::Delivered, 4),
    (EventKind::Deferred, 5),
    (EventKind::Bounced(BounceKind::Hard), 6),
    (EventKind::Bounced(BounceKind::Soft), 7),
    (EventKind::Bounced(BounceKind::Blocked), 8),
    (EventKind::Bounced(BounceKind::Other), 9),
    (EventKind::Complained, 10),
    (EventKind::Opened, 11),
    (EventKind::Clicked, 12),
    (EventKind::Unsubscribed, 13),
    (EventKind::Resubscribed, 14),
    (EventKind::AutoResponded, 15),
    (EventKind::Inbound, 16),
    (EventKind::Unknown, 0),
];

impl EventKind {
    pub(crate) fn code(self) -> u32 {
        NUMBERS
            .iter()
            .find(|(kind, _)| *kind == self)
            .map_or(0, |(_, number)| *number)
    }

    /// A number from a newer plugin reads as `Unknown`.
    pub(crate) fn from_code(code: u32) -> Self {
        NUMBERS
            .iter()
            .find(|(_, number)| *number == code)
            .map_or(Self::Unknown, |(kind, _)| *kind)
    }
}
