//! Who calls: the token table and the headers every request needs.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use serde_json::Value;

use super::Postmark;
use super::account::Server;
use super::answer::ApiError;
use crate::simulator::service::RequestContext;

/// A request that may go on: its server and its place in the ledger.
pub(super) struct Caller {
    pub(super) server: Arc<Server>,
    pub(super) context: RequestContext,
}

impl FromRequestParts<Arc<Postmark>> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(
        parts: &mut Parts,
        postmark: &Arc<Postmark>,
    ) -> Result<Self, ApiError> {
        let server = postmark
            .server_of(&parts.headers)
            .ok_or_else(ApiError::unauthorized)?;
        check_media_types(&parts.method, &parts.headers)?;
        let context = RequestContext::of(parts);
        Ok(Self { server, context })
    }
}

/// `Accept` on every request, `Content-Type` on those that bring a body.
fn check_media_types(method: &Method, headers: &HeaderMap) -> Result<(), ApiError> {
    let names = |header, wanted: &[&str]| {
        let values = headers
            .get_all(header)
            .iter()
            .filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).any(|value| {
            let value = value
                .split(';')
                .next()
                .unwrap_or_default()
                .trim()
                .to_ascii_lowercase();
            wanted.contains(&value.as_str())
        })
    };
    if !names(
        header::ACCEPT,
        &["application/json", "application/*", "*/*"],
    ) {
        return Err(ApiError::unsupported_media_type("Accept"));
    }
    let empty = headers
        .get(header::CONTENT_LENGTH)
        .is_some_and(|length| length == "0")
        || !(headers.contains_key(header::CONTENT_LENGTH)
            || headers.contains_key(header::TRANSFER_ENCODING));
    let brings_body = [Method::POST, Method::PUT, Method::PATCH].contains(method) && !empty;
    if brings_body && !names(header::CONTENT_TYPE, &["application/json"]) {
        return Err(ApiError::unsupported_media_type("Content-Type"));
    }
    Ok(())
}

/// Reads a JSON body and lets go of its bytes.
pub(super) fn json_body(body: Bytes) -> Result<Value, ApiError> {
    serde_json::from_slice(&body).map_err(|_| ApiError::not_json())
}
