//! Unsubscribing: Postmark's own link in the bodies, and its own word when somebody used it.

use std::borrow::Cow;

use plugin_api::serde_json::{Value, from_slice};
use plugin_api::tag::{self, Body};
use plugin_api::{
    SuppressionOrigin, SuppressionReason, Unsubscribe, UnsubscribeLink, WebhookError,
    WebhookRequest, crm_unsubscribe, metadata,
};

use crate::webhook::TRACE_ID;
use plugin_http::Fields;

/// A body with the tag that Postmark replaces by a link: in the one spelling Postmark documents, and added if it is wanted and
/// missing. Where none is wanted a tag that is there stays, and works: the host takes it out of messages that must not have one.
pub(crate) fn tagged(body: &str, kind: Body, wanted: bool) -> Cow<'_, str> {
    let body = if wanted {
        tag::ensure(body, kind)
    } else {
        Cow::Borrowed(body)
    };
    match body {
        Cow::Borrowed(body) => tag::render(body, kind, &UnsubscribeLink::Canonical),
        Cow::Owned(body) => {
            let canonical = tag::render(&body, kind, &UnsubscribeLink::Canonical);
            Cow::Owned(canonical.into_owned())
        }
    }
}

/// Reads Postmark's SubscriptionChange, else the CRM's own payload.
pub(crate) fn read(request: &WebhookRequest) -> Result<Option<Vec<Unsubscribe>>, WebhookError> {
    if let Ok(value) = from_slice::<Value>(&request.body)
        && let Some(fields) = Fields::of(&value)
        && let Some(kind) = fields.text("RecordType")
    {
        return match kind.as_str() {
            "SubscriptionChange" => change(fields, request).map(|change| Some(vec![change])),
            _ => Ok(None),
        };
    }
    crm_unsubscribe(request)
}

fn change(fields: Fields<'_>, request: &WebhookRequest) -> Result<Unsubscribe, WebhookError> {
    let suppress = fields.flag("SuppressSending").ok_or_else(|| {
        WebhookError::malformed("`SuppressSending` is missing or neither true nor false")
    })?;
    // A date that cannot be read must not lose somebody's wish: then it was when the host heard of it.
    let at = fields.time("ChangedAt").unwrap_or(request.received_at);
    let mut change = Unsubscribe::new(at);
    change.suppress = suppress;
    change.reason = reason(fields.text("SuppressionReason").as_deref());
    change.origin = origin(fields.text("Origin").as_deref());
    change.recipient = fields.text("Recipient");
    change.stream = fields.text("MessageStream");
    change.account_uid = fields.text_in("Metadata", metadata::ACCOUNT_UID);
    change.tracking_id = fields
        .text_in("Metadata", metadata::TRACKING_ID)
        .and_then(|id| id.parse().ok());
    change.event_id = request.header(TRACE_ID).map(str::to_owned);
    Ok(change)
}

/// There is no reason named "unsubscribe": a person's own is `ManualSuppression`. A reactivation has none.
pub(crate) fn reason(word: Option<&str>) -> SuppressionReason {
    match word {
        Some("ManualSuppression") => SuppressionReason::Unsubscribed,
        Some("HardBounce") => SuppressionReason::HardBounce,
        Some("SpamComplaint") => SuppressionReason::Complaint,
        _ => SuppressionReason::Other,
    }
}

pub(crate) fn origin(word: Option<&str>) -> SuppressionOrigin {
    match word {
        Some("Recipient") => SuppressionOrigin::Recipient,
        Some("Customer") => SuppressionOrigin::Customer,
        Some("Admin") => SuppressionOrigin::Admin,
        _ => SuppressionOrigin::Unknown,
    }
}
