//! Postmark's webhooks as events: pure, and tolerant of everything but a body that is no JSON object.
//!
//! Postmark signs nothing; the host authenticates before it asks. One request is one event. Source: the fact sheet's 5.

use plugin_api::serde_json::{Value, from_slice};
use plugin_api::{Event, ProviderMessageId, WebhookError, WebhookRequest, metadata};

use plugin_http::Fields;

mod bounce;
mod record;

/// Stable over the retries of one event; not on every request.
pub(crate) const TRACE_ID: &str = "X-PM-Webhook-Trace-Id";

/// What a request says happened.
pub(crate) fn events(request: &WebhookRequest) -> Result<Vec<Event>, WebhookError> {
    let value: Value = from_slice(&request.body).map_err(|error| {
        WebhookError::malformed(format!(
            "the body is not JSON: {error}; expected one object"
        ))
    })?;
    let fields = Fields::of(&value)
        .ok_or_else(|| WebhookError::malformed("the body is JSON, but not one object"))?;
    let mut event = record::event(fields);
    event.event_id = request.header(TRACE_ID).map(str::to_owned);
    event.provider_message_id = fields.id("MessageID").map(ProviderMessageId::new);
    event.tracking_id = fields.text_in("Metadata", metadata::TRACKING_ID);
    event.account_uid = fields.text_in("Metadata", metadata::ACCOUNT_UID);
    event.stream = fields.text("MessageStream");
    Ok(vec![event])
}
