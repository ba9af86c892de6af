//! What the caller hears of a message that was handed over, in Postmark's form.

use jiff::Timestamp;
use plugin_host::{AcceptError, Accepted};
use serde_json::{Value, json};

use crate::web::PostmarkError;

/// The same id with other content.
const CONFLICT: u32 = 10409;
/// No route of the configuration takes it.
const NO_ROUTE: u32 = 10404;

/// An answer of success.
pub(super) struct Answered {
    pub(super) json: Value,
    /// The message had been accepted before, and this is the answer it had then.
    pub(super) is_repeat: bool,
}

/// The answer to one message.
pub(super) fn of(
    outcome: Result<Accepted, AcceptError>,
    to: Option<String>,
) -> Result<Answered, PostmarkError> {
    let accepted = outcome.map_err(refusal)?;
    let message = if accepted.stopped.is_empty() {
        "OK".to_owned()
    } else {
        partly_stopped(&accepted.stopped)
    };
    let mut json = json!({
        "SubmittedAt": seven_digits(accepted.accepted_at),
        "MessageID": accepted.tracking_id.to_string(),
        "ErrorCode": 0,
        "Message": message,
    });
    if let Some(to) = to {
        json["To"] = to.into();
    }
    Ok(Answered {
        json,
        is_repeat: accepted.repeat,
    })
}

/// A moment in Postmark's spelling: seven digits behind the second, of which the record keeps six.
pub(crate) fn seven_digits(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.6f0Z").to_string()
}

/// The engine owes one answer for each message.
pub(super) fn no_answer() -> PostmarkError {
    PostmarkError::unavailable("The message was not accepted; send it again.", None)
}

fn refusal(error: AcceptError) -> PostmarkError {
    match error {
        AcceptError::Conflict { tracking_id } => PostmarkError::unprocessable(
            CONFLICT,
            format!(
                "Another message with other content has the TrackingId {tracking_id} in this account."
            ),
        ),
        AcceptError::Suppressed { addresses, .. } => {
            PostmarkError::unprocessable(406, stopped(&addresses))
        }
        AcceptError::NoRoute => PostmarkError::unprocessable(
            NO_ROUTE,
            "No route of this host takes the message; add a route whose `match` fits it, or one without `match`.",
        ),
        AcceptError::Busy { retry_after } => PostmarkError::unavailable(
            "The host takes no more messages at the moment; send it again later.",
            Some(retry_after),
        ),
        other => {
            tracing::error!(error = %other, "a message was not accepted");
            PostmarkError::unavailable(
                "The message could not be stored and was not accepted; send it again later.",
                None,
            )
        }
    }
}

/// The wording from which client libraries read the addresses.
fn stopped(addresses: &[String]) -> String {
    format!(
        "You tried to send to recipient(s) that have been marked as inactive. Found inactive addresses: {}. Inactive recipients \
         are ones that have generated a hard bounce, a spam complaint, or a manual suppression.",
        addresses.join(", ")
    )
}

fn partly_stopped(addresses: &[String]) -> String {
    format!(
        "Message OK, but will not deliver to these inactive addresses: {}. Inactive recipients are ones that have generated a hard \
         bounce or a spam complaint.",
        addresses.join(", ")
    )
}
