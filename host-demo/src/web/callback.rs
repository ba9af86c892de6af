//! A request from a mail service or the CRM, on its way to whoever understands it: credentials are taken out first.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use bytes::Bytes;
use jiff::Timestamp;
use plugin_api::WebhookRequest;

use super::body;
use super::state::Webhook;
use super::{App, Problem};

/// Far above what services send; a bounce may quote the message.
const LARGEST: usize = 10 * 1024 * 1024;

/// Authenticates, then reads.
///
/// # Errors
/// 401 before a byte of the body is read; 408 and 413 for the body.
pub(super) async fn take(
    app: &App,
    hook: &Webhook,
    request: Request,
) -> Result<WebhookRequest, Problem> {
    if !hook.gatekeeper.is_empty() && !hook.gatekeeper.lets_in(request.headers()) {
        return Err(Problem::unauthorized(
            "Present the credentials of this address.",
        ));
    }
    let (parts, body) = request.into_parts();
    let whole = Request::from_parts(parts.clone(), body);
    let bytes = body::read(whole, LARGEST, app.request_timeout).await?;
    Ok(described(&parts, bytes, hook))
}

fn described(parts: &Parts, body: Bytes, hook: &Webhook) -> WebhookRequest {
    let mut request = WebhookRequest::post(parts.uri.path(), body, Timestamp::now());
    request.method = parts.method.as_str().to_owned();
    request.query = parts.uri.query().unwrap_or_default().to_owned();
    request.headers = kept(&parts.headers, &hook.secret_headers);
    request.remote = remote(parts);
    request.authenticated_by_host = !hook.gatekeeper.is_empty();
    request
}

fn kept(headers: &HeaderMap, secret: &[String]) -> Vec<(String, String)> {
    let is_secret = |name: &header::HeaderName| {
        [
            header::AUTHORIZATION,
            header::COOKIE,
            header::PROXY_AUTHORIZATION,
        ]
        .contains(name)
            || name
                .as_str()
                .eq_ignore_ascii_case(super::access::TOKEN_HEADER)
            || secret
                .iter()
                .any(|other| name.as_str().eq_ignore_ascii_case(other))
    };
    let kept = headers.iter().filter(|(name, _)| !is_secret(name));
    kept.map(|(name, value)| {
        (
            name.to_string(),
            String::from_utf8_lossy(value.as_bytes()).into_owned(),
        )
    })
    .collect()
}

fn remote(parts: &Parts) -> Option<IpAddr> {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    peer.map(|ConnectInfo(address)| address.ip())
}
