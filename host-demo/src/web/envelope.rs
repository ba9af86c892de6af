//! Refusals on the paths that speak Postmark's language: one envelope, `{"ErrorCode": n, "Message": "…"}`.
//!
//! Codes and texts are Postmark's where it has them, because client libraries branch on the pair of status and code. Codes of
//! 10000 and more are this host's own.

use std::time::Duration;

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// A refusal of a request, or of one message of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PostmarkError {
    pub(crate) status: StatusCode,
    pub(crate) code: u32,
    pub(crate) message: String,
    retry_after: Option<Duration>,
}

impl PostmarkError {
    pub(crate) fn new(status: StatusCode, code: u32, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            retry_after: None,
        }
    }

    /// A refusal of what was asked for.
    pub(crate) fn unprocessable(code: u32, message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, message)
    }

    /// Code 300: the message is not one that could be sent.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::unprocessable(300, message)
    }

    /// Code 403: fields of the wrong type.
    pub(crate) fn wrong_fields(fields: &[String]) -> Self {
        let quoted: Vec<String> = fields.iter().map(|field| format!("'{field}'")).collect();
        Self::unprocessable(
            403,
            format!("Invalid request field(s): {}.", quoted.join(", ")),
        )
    }

    /// Code 402: not JSON; says where the reader stopped, never what it read.
    pub(crate) fn not_json(fault: &serde_json::Error) -> Self {
        let (line, column) = (fault.line(), fault.column());
        Self::unprocessable(
            402,
            format!("The request body is not valid JSON (line {line}, column {column})."),
        )
    }

    pub(crate) fn unauthorized() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            10,
            "Request does not contain a valid Server token.",
        )
    }

    pub(crate) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, 12, "This host has no such resource.")
    }

    pub(crate) fn method_not_allowed() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            12,
            "This resource does not know the HTTP method.",
        )
    }

    pub(crate) fn not_json_type() -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            409,
            "The 'Content-Type' header must be 'application/json'.",
        )
    }

    pub(crate) fn too_large(limit: usize) -> Self {
        let megabytes = limit / (1024 * 1024);
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            413,
            format!("The request is larger than the {megabytes} MB this path takes."),
        )
    }

    pub(crate) fn too_slow() -> Self {
        Self::new(
            StatusCode::REQUEST_TIMEOUT,
            100,
            "The request did not arrive in time; nothing of it was accepted.",
        )
    }

    /// Code 100: not now. What was asked for has not happened.
    pub(crate) fn unavailable(message: impl Into<String>, retry_after: Option<Duration>) -> Self {
        Self {
            retry_after,
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, 100, message)
        }
    }

    /// The refusal as an item of a batch's answer.
    pub(crate) fn to_json(&self) -> Value {
        json!({ "ErrorCode": self.code, "Message": self.message })
    }
}

impl IntoResponse for PostmarkError {
    fn into_response(self) -> Response {
        let code = [("X-PM-ApiErrorCode", self.code.to_string())];
        let seconds = |wait: Duration| [(RETRY_AFTER, wait.as_secs().max(1).to_string())];
        let wait = self.retry_after.map(seconds);
        match wait {
            Some(wait) => (self.status, code, wait, Json(self.to_json())).into_response(),
            None => (self.status, code, Json(self.to_json())).into_response(),
        }
    }
}
