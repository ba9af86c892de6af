//! Unsubscribing: the trait, what it reports, and the tag that becomes a link.

use jiff::Timestamp;

use crate::{
    ProviderMessageId, SuppressionOrigin, SuppressionReason, TrackingId, WebhookError,
    WebhookRequest,
};

mod payload;
pub mod tag;

/// How a service lets people unsubscribe. Every method has a default, so that `impl UnsubscribeHandler for Acme {}` is enough for a
/// service without links or callbacks of its own.
pub trait UnsubscribeHandler: Send + Sync {
    /// How the canonical tag `{{{ pm:unsubscribe }}}` becomes this service's link on a stream (`None`: the default stream), or `None` when
    /// the service has no such link; the host then puts its own. Must not block.
    fn render_unsubscribe(&self, stream: Option<&str>) -> Option<UnsubscribeLink> {
        let _ = stream;
        None
    }

    /// Reads a callback that says somebody unsubscribed, or took it back. `None`: this request is not of a form this handler knows.
    ///
    /// The default reads the CRM's payload: `accountGuid`, `trackingGuid`, `unsubscribed` (a timestamp), as JSON or as a form. An
    /// override that knows further forms calls [`crm_unsubscribe`] for this one. Pure apart from its input; must not block.
    ///
    /// # Errors
    /// When the form is known but a field is missing or wrong; names the field.
    fn process_unsubscribe(
        &self,
        request: &WebhookRequest,
    ) -> Result<Option<Vec<Unsubscribe>>, WebhookError> {
        crm_unsubscribe(request)
    }
}

/// What stands in a body in place of the unsubscribe tag.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnsubscribeLink {
    /// The service replaces the canonical tag itself.
    Canonical,
    /// This address, which may be a placeholder of the service's own.
    Url(String),
}

/// Somebody unsubscribed, or took it back.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unsubscribe {
    /// The CRM account named by the callback.
    pub account_uid: Option<String>,
    /// The message it came from.
    pub tracking_id: Option<TrackingId>,
    /// The address, when the callback names one.
    pub recipient: Option<String>,
    /// The message stream, when the callback names one.
    pub stream: Option<String>,
    /// When it happened, by the service's clock.
    pub at: Timestamp,
    /// True: do not contact. False: contact is allowed again.
    pub suppress: bool,
    /// Why.
    pub reason: SuppressionReason,
    /// Who asked for it.
    pub origin: SuppressionOrigin,
    /// The service's id of the event, stable over repeats.
    pub event_id: Option<String>,
    /// The provider's id of the message, when the callback gives it.
    pub provider_message_id: Option<ProviderMessageId>,
    /// The service's own words.
    pub detail: Option<String>,
}

impl Unsubscribe {
    /// A recipient's own unsubscribe at this moment; where it came from is not known yet.
    pub fn new(at: Timestamp) -> Self {
        Self {
            account_uid: None,
            tracking_id: None,
            recipient: None,
            stream: None,
            at,
            suppress: true,
            reason: SuppressionReason::Unsubscribed,
            origin: SuppressionOrigin::Recipient,
            event_id: None,
            provider_message_id: None,
            detail: None,
        }
    }
}

debug_without_addresses!(Unsubscribe {
    account_uid, tracking_id, stream, at, suppress, reason, origin, event_id, provider_message_id,
} hides { recipient, detail });

/// Reads the CRM's payload: `{"accountGuid", "trackingGuid", "unsubscribed"}` as JSON or as a form. `None` when the body is neither or
/// has none of the three names.
///
/// GUIDs may be written in any common spelling; an account may be named by any text. `unsubscribed` is a point in time: ISO 8601 with or without zone (UTC then) and with any
/// number of fraction digits, `/Date(milliseconds)/`, or seconds or milliseconds since 1970.
///
/// # Errors
/// When one of the three is there but another is missing or cannot be read; names the field.
pub fn crm_unsubscribe(request: &WebhookRequest) -> Result<Option<Vec<Unsubscribe>>, WebhookError> {
    payload::read(request)
}

/// Reads a point in time in the spellings of [`crm_unsubscribe`]; `None` when it is none of them.
pub fn parse_time(text: &str) -> Option<Timestamp> {
    payload::parse_time(text)
}
