//! A request that came in from a service, as the host received it.

use std::net::IpAddr;

use bytes::Bytes;
use jiff::Timestamp;

/// A raw HTTP request to a webhook address.
#[derive(Clone)]
#[non_exhaustive]
pub struct WebhookRequest {
    /// `POST`, in upper case.
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The query string, without `?`; empty when there is none. In a replay only the names of its values: hosts do not keep those.
    pub query: String,
    /// All headers, in order; a name may repeat. Never `Authorization` or `Cookie`.
    pub headers: Vec<(String, String)>,
    /// The body, byte for byte.
    pub body: Bytes,
    /// When it came in, by the host's clock. In a replay, when it first came in.
    pub received_at: Timestamp,
    /// Where it came from, when known.
    pub remote: Option<IpAddr>,
    /// Whether the host has already authenticated the sender (basic auth, header, network).
    pub authenticated_by_host: bool,
    /// Whether this is a stored request parsed again: time windows of signatures do not apply.
    pub replay: bool,
}

impl WebhookRequest {
    /// A POST with a body, received at this moment; nothing authenticated.
    pub fn post(path: impl Into<String>, body: impl Into<Bytes>, received_at: Timestamp) -> Self {
        Self {
            method: "POST".to_owned(),
            path: path.into(),
            query: String::new(),
            headers: Vec::new(),
            body: body.into(),
            received_at,
            remote: None,
            authenticated_by_host: false,
            replay: false,
        }
    }

    /// The first header of this name, ignoring letter case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// The body is somebody's data: `Debug` shows its size only.
impl std::fmt::Debug for WebhookRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebhookRequest")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("body_bytes", &self.body.len())
            .field("authenticated_by_host", &self.authenticated_by_host)
            .field("replay", &self.replay)
            .finish_non_exhaustive()
    }
}
