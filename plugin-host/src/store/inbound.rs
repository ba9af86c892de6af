//! What services and the CRM report, ready to be written.

use jiff::Timestamp;
use plugin_api::{EventKind, TrackingId, WebhookRequest};

use crate::compliance::{AccountKey, ContactAddress, FlagScope, FlagSource, Notice};

/// A request to keep, and what was read from it.
#[derive(Debug)]
pub(crate) struct NewWebhook {
    /// The provider it came for, or the way it came.
    pub(crate) provider: String,
    pub(crate) request: WebhookRequest,
    pub(crate) content: WebhookContent,
    pub(crate) hearing: Hearing,
}

/// What was read from a request.
#[derive(Debug)]
pub(crate) enum WebhookContent {
    /// Events and notices.
    Read {
        events: Vec<NewEvent>,
        notices: Vec<Notice>,
    },
    /// Nothing, for this reason; a person looks at it.
    Unread(String),
}

/// How notices came in.
#[derive(Debug, Clone)]
pub(crate) struct Hearing {
    /// How far flags on addresses reach.
    pub(crate) scope: FlagScope,
    /// The providers whose handler knew the form: the notice is about a message of one of them.
    pub(crate) providers: Vec<String>,
    /// By which way.
    pub(crate) source: FlagSource,
    /// When.
    pub(crate) heard_at: Timestamp,
}

/// An event to record.
#[derive(Debug, Clone)]
pub(crate) struct NewEvent {
    /// The provider that reports it, or `host`.
    pub(crate) provider: String,
    /// What tells it from every other event of that provider.
    pub(crate) dedupe_key: String,
    pub(crate) kind: EventKind,
    pub(crate) recipient: Option<ContactAddress>,
    pub(crate) account: Option<AccountKey>,
    pub(crate) tracking_id: Option<TrackingId>,
    pub(crate) provider_message_id: Option<String>,
    pub(crate) occurred_at: Timestamp,
    pub(crate) received_at: Timestamp,
    pub(crate) detail: Option<String>,
    pub(crate) suppresses: Option<bool>,
}
