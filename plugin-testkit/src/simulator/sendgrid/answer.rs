//! SendGrid's refusals: a list of what is wrong, each with the field's path.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::json;

/// What a mail without a subject gets.
pub(super) const NO_SUBJECT: &str = "The subject is required. You can get around this requirement if you use a template with a \
     subject defined or if every personalization has a subject defined.";

/// What a refused request gets.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) problems: Vec<Problem>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Problem {
    pub(super) message: String,
    /// Path of the field, e.g. `personalizations.0.to.0.email`.
    pub(super) field: Option<String>,
    pub(super) help: Option<&'static str>,
}

impl Problem {
    pub(super) fn of_field(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            field: Some(field.into()),
            help: Some("http://sendgrid.com/docs/API_Reference/Web_API_v3/Mail/errors.html"),
        }
    }
}

impl Refusal {
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        let problem = Problem {
            message: message.into(),
            field: None,
            help: None,
        };
        Self {
            status,
            problems: vec![problem],
        }
    }

    /// 400 for everything that is wrong with a message.
    pub(super) fn invalid(problems: Vec<Problem>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            problems,
        }
    }

    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    pub(super) fn unauthorized() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "The provided authorization grant is invalid, expired, or revoked",
        )
    }

    pub(super) fn forbidden() -> Self {
        Self::new(StatusCode::FORBIDDEN, "access forbidden")
    }

    pub(super) fn unverified_sender() -> Self {
        let message = "The from address does not match a verified Sender Identity. Mail cannot be sent until this error is \
                       resolved.";
        Self {
            status: StatusCode::FORBIDDEN,
            problems: vec![Problem::of_field("from", message)],
        }
    }

    pub(super) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not found")
    }

    pub(super) fn method_not_allowed() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method not allowed")
    }

    pub(super) fn unsupported_media_type() -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "Content-Type should be application/json.",
        )
    }

    pub(super) fn too_large() -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "The request is larger than the 30 MB allowed.",
        )
    }

    pub(super) fn throttled() -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too many requests")
    }

    pub(super) fn unavailable() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable")
    }

    pub(super) fn server_error() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status, Json(json!({ "errors": self.problems }))).into_response()
    }
}
