//! Postmark's refusals: one envelope, one table of codes and texts.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::json;

use crate::simulator::InactiveWording;

/// What a refused request or batch item gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ApiError {
    pub(super) status: StatusCode,
    pub(super) code: u32,
    pub(super) message: String,
}

/// The body of every refusal, and the whole answer of some calls.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Envelope {
    pub(super) error_code: u32,
    pub(super) message: String,
}

impl ApiError {
    fn new(status: StatusCode, code: u32, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
        }
    }

    /// A refusal of what was asked for, HTTP 422.
    pub(super) fn unprocessable(code: u32, message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, message)
    }

    /// Error 300: the message itself is wrong.
    pub(super) fn invalid_email(message: impl Into<String>) -> Self {
        Self::unprocessable(300, message)
    }

    pub(super) fn unauthorized() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            10,
            "Request does not contain a valid Server token.",
        )
    }

    /// The numbers of unknown routes are not published; 12 is the older list's "resource not found".
    pub(super) fn no_such_route() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            12,
            "The requested resource does not exist.",
        )
    }

    pub(super) fn method_not_allowed() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            12,
            "The requested resource does not support this HTTP method.",
        )
    }

    pub(super) fn unsupported_media_type(header: &str) -> Self {
        let message = format!("The '{header}' header must be present and name 'application/json'.");
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, 409, message)
    }

    pub(super) fn too_large(limit: &str) -> Self {
        let message = format!("The request is larger than the {limit} allowed.");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, 413, message)
    }

    pub(super) fn not_json() -> Self {
        Self::unprocessable(402, "Received invalid JSON input.")
    }

    pub(super) fn wrong_fields(fields: &[String]) -> Self {
        let named: Vec<String> = fields.iter().map(|field| format!("'{field}'")).collect();
        Self::unprocessable(
            403,
            format!("Invalid request field(s): {}.", named.join(", ")),
        )
    }

    pub(super) fn batch_too_long() -> Self {
        Self::unprocessable(
            410,
            "You may only send up to 500 messages in a single batched request.",
        )
    }

    pub(super) fn no_such_stream(id: &str) -> Self {
        Self::unprocessable(
            1235,
            format!("The stream provided: '{id}' does not exist on this server."),
        )
    }

    pub(super) fn no_such_template(field: &str) -> Self {
        let message = format!(
            "The Template's '{field}' associated with this request is not valid or was not found."
        );
        Self::unprocessable(1101, message)
    }

    pub(super) fn throttled() -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            429,
            "Too many requests. Please slow down.",
        )
    }

    pub(super) fn server_error() -> Self {
        let id = uuid::Uuid::new_v4();
        let message =
            format!("An unexpected error occurred. Please contact support with the error id {id}.");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, 101, message)
    }

    pub(super) fn maintenance() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            100,
            "The Postmark API is offline for maintenance.",
        )
    }

    /// Error 406, in the wording of an age.
    pub(super) fn inactive(addresses: &[String], wording: InactiveWording) -> Self {
        let found = format!("Found inactive addresses: {}.", addresses.join(", "));
        let message = match wording {
            InactiveWording::Documented => format!(
                "You tried to send to a recipient that has been marked as inactive. {found} Inactive recipients are \
                 ones that have generated a hard bounce, a spam complaint, or a manual suppression. "
            ),
            InactiveWording::Clients => format!(
                "You tried to send to recipient(s) that have been marked as inactive. {found} Inactive recipients \
                 are ones that have generated a hard bounce, a spam complaint, or a manual suppression."
            ),
            InactiveWording::Lines => format!(
                "You tried to send to a recipient that has been marked as inactive.\n{found}\nInactive recipients \
                 are ones that have generated a hard bounce or a spam complaint. "
            ),
        };
        Self::unprocessable(406, message)
    }

    /// As an item of a batch answer.
    pub(super) fn envelope(&self) -> Envelope {
        Envelope {
            error_code: self.code,
            message: self.message.clone(),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let code = self.code.to_string();
        (
            self.status,
            [("X-PM-ApiErrorCode", code)],
            Json(self.envelope()),
        )
            .into_response()
    }
}

/// `{"ErrorCode": 0, "Message": …}`.
pub(super) fn done(message: impl Into<String>) -> Response {
    Json(json!({ "ErrorCode": 0, "Message": message.into() })).into_response()
}

/// The `Message` of a send that leaves some recipients out.
pub(super) fn partly_inactive(addresses: &[String]) -> String {
    format!(
        "Message OK, but will not deliver to these inactive addresses: {}. Inactive recipients are ones that have \
         generated a hard bounce or a spam complaint.",
        addresses.join(", ")
    )
}
