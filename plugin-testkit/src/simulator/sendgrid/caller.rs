//! Who calls: the key, what it may do, and the headers a body needs.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use serde_json::Value;

use super::Sendgrid;
use super::answer::Refusal;
use super::config::ApiKeyConfig;
use crate::simulator::service::RequestContext;

/// A request that may go on: its key and its place in the ledger.
pub(super) struct Caller {
    key: Arc<ApiKeyConfig>,
    pub(super) context: RequestContext,
    is_json: bool,
}

impl FromRequestParts<Arc<Sendgrid>> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(
        parts: &mut Parts,
        sendgrid: &Arc<Sendgrid>,
    ) -> Result<Self, Refusal> {
        let key = bearer(&parts.headers)
            .and_then(|key| sendgrid.keys.iter().find(|it| it.key == key))
            .ok_or_else(Refusal::unauthorized)?;
        Ok(Self {
            key: Arc::clone(key),
            context: RequestContext::of(parts),
            is_json: is_json(&parts.headers),
        })
    }
}

impl Caller {
    /// Lets the call go on if the key has any of these scopes.
    pub(super) fn may(&self, scopes: &[&str]) -> Result<(), Refusal> {
        let has = |scope: &&str| self.key.scopes.iter().any(|it| it == scope);
        match scopes.iter().any(has) {
            true => Ok(()),
            false => Err(Refusal::forbidden()),
        }
    }

    pub(super) fn scopes(&self) -> &[String] {
        &self.key.scopes
    }

    /// The JSON of a body, whose bytes are let go of.
    pub(super) fn json(&self, body: Bytes) -> Result<Value, Refusal> {
        if !self.is_json {
            return Err(Refusal::unsupported_media_type());
        }
        serde_json::from_slice(&body).map_err(|_| Refusal::bad_request("Bad Request"))
    }
}

/// The scheme's name in any letter case, the key exactly.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("Bearer").then(|| key.trim())
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE);
    let name = value
        .and_then(|it| it.to_str().ok())
        .and_then(|it| it.split(';').next());
    name.is_some_and(|name| name.trim().eq_ignore_ascii_case("application/json"))
}
