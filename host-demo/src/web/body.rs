//! Taking in a request's body: so large, so long, and no more.

use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Limited};

use super::PostmarkError;

/// Why a body was not taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyFault {
    /// Larger than the limit.
    TooLarge { limit: usize },
    /// Slower than the request may take.
    TooSlow,
    /// The connection broke.
    Broken,
}

/// Reads the whole body.
///
/// # Errors
/// As [`BodyFault`] says. A length that is announced beyond the limit is refused before anything is read.
pub(crate) async fn read(
    request: Request,
    limit: usize,
    patience: Duration,
) -> Result<Bytes, BodyFault> {
    let announced = request.headers().get(CONTENT_LENGTH);
    let announced: Option<usize> = announced.and_then(|it| it.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length| length > limit) {
        return Err(BodyFault::TooLarge { limit });
    }
    let body: Limited<Body> = Limited::new(request.into_body(), limit);
    match tokio::time::timeout(patience, body.collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(fault)) if fault.is::<http_body_util::LengthLimitError>() => {
            Err(BodyFault::TooLarge { limit })
        }
        Ok(Err(_)) => Err(BodyFault::Broken),
        Err(_) => Err(BodyFault::TooSlow),
    }
}

/// Whether the body is announced as JSON.
pub(crate) fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|it| it.to_str().ok())
        .unwrap_or_default();
    let kind = kind
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

impl From<BodyFault> for PostmarkError {
    fn from(fault: BodyFault) -> Self {
        match fault {
            BodyFault::TooLarge { limit } => Self::too_large(limit),
            BodyFault::TooSlow => Self::too_slow(),
            BodyFault::Broken => {
                Self::unprocessable(402, "The request body did not arrive in full.")
            }
        }
    }
}

impl From<BodyFault> for super::Problem {
    fn from(fault: BodyFault) -> Self {
        use axum::http::StatusCode;
        match fault {
            BodyFault::TooLarge { limit } => Self::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                format!("The body is larger than {limit} bytes."),
            ),
            BodyFault::TooSlow => Self::new(
                StatusCode::REQUEST_TIMEOUT,
                "The body did not arrive in time.",
            ),
            BodyFault::Broken => Self::bad_request("The body did not arrive in full."),
        }
    }
}
