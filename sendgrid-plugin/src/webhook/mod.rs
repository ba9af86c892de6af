//! SendGrid's Event Webhook: pure, and tolerant of everything but a body that is no JSON array.
//!
//! One request holds events of many messages. Source: the fact sheet's 3.

use plugin_api::serde_json::{Value, from_slice};
use plugin_api::{Event, WebhookError, WebhookRequest};
use plugin_http::Fields;

mod record;
mod signature;

pub(crate) use signature::{PublicKey, Signed};

/// Whether a request has the form of this webhook: an array of objects, each named by its event.
pub(crate) fn is_events(request: &WebhookRequest) -> bool {
    let names_event = |item: &Value| Fields::of(item).is_some_and(|fields| fields.has("event"));
    match from_slice(&request.body) {
        Ok(Value::Array(items)) => !items.is_empty() && items.iter().all(names_event),
        _ => false,
    }
}

/// What a request says happened, in its order. What is no object says nothing.
pub(crate) fn events(request: &WebhookRequest) -> Result<Vec<Event>, WebhookError> {
    let value: Value = from_slice(&request.body).map_err(|error| {
        WebhookError::malformed(format!(
            "the body is not JSON: {error}; expected an array of events"
        ))
    })?;
    let Value::Array(items) = value else {
        return Err(WebhookError::malformed(
            "the body is JSON, but not an array of events",
        ));
    };
    let records = items.iter().filter_map(Fields::of);
    Ok(records.map(record::event).collect())
}
