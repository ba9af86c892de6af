//! One webhook request: what it carries and how the answer is read.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::StatusCode;
use jiff::Timestamp;
use reqwest::redirect::Policy;
use reqwest::{Client, Url};

use super::outcome::WebhookOutcome;

/// Where a webhook goes and how its service dresses it.
#[derive(Clone, Debug)]
pub(in crate::simulator) struct WebhookTarget {
    /// Where to; credentials in it are sent as basic auth unless `basic_auth` has some.
    pub(in crate::simulator) url: Url,
    pub(in crate::simulator) basic_auth: Option<(String, String)>,
    pub(in crate::simulator) headers: Vec<(String, String)>,
    pub(in crate::simulator) manner: Arc<dyn WebhookManner>,
}

/// A body on its way to one address. It is built once and shared by every attempt.
#[derive(Clone, Debug)]
pub(in crate::simulator) struct WebhookCall {
    pub(in crate::simulator) target: WebhookTarget,
    /// What happened, in the service's word: for the log of attempts.
    pub(in crate::simulator) event: String,
    pub(in crate::simulator) body: Bytes,
}

/// How one service posts its webhooks.
pub(in crate::simulator) trait WebhookManner:
    fmt::Debug + Send + Sync
{
    /// The headers of one attempt beside `Content-Type`.
    fn headers(&self, attempt: &Attempt<'_>) -> Vec<(&'static str, String)>;

    /// What a status means: taken, tried again, or lost.
    fn outcome(&self, status: StatusCode) -> WebhookOutcome;
}

/// One attempt, as its headers may tell of it.
#[derive(Debug)]
pub(in crate::simulator) struct Attempt<'a> {
    /// The same for all attempts and duplicates.
    pub(in crate::simulator) trace_id: &'a str,
    pub(in crate::simulator) retries_remaining: usize,
    /// When the first attempt was made, on the simulator's clock.
    pub(in crate::simulator) first_at: Timestamp,
    pub(in crate::simulator) at: Timestamp,
    pub(in crate::simulator) body: &'a [u8],
}

/// The client all webhooks of one simulator share.
///
/// # Errors
/// When the TLS side cannot be set up.
pub(in crate::simulator) fn client(timeout: Duration) -> reqwest::Result<Client> {
    // Somebody else's choice of provider is as good; the error only says that there is one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .timeout(timeout)
        .redirect(Policy::limited(10))
        .no_proxy()
        .build()
}

impl WebhookCall {
    /// Posts it once.
    pub(super) async fn post(&self, client: &Client, attempt: &Attempt<'_>) -> WebhookOutcome {
        let target = &self.target;
        let (url, from_url) = without_credentials(&target.url);
        let mut request = client.post(url).header("Content-Type", "application/json");
        for (name, value) in target.manner.headers(attempt) {
            request = request.header(name, value);
        }
        if let Some((user, password)) = target.basic_auth.as_ref().or(from_url.as_ref()) {
            request = request.basic_auth(user, Some(password));
        }
        for (name, value) in &target.headers {
            request = request.header(name, value);
        }
        match request.body(self.body.clone()).send().await {
            Ok(answer) => target.manner.outcome(answer.status()),
            Err(_) => WebhookOutcome::Unreachable,
        }
    }
}

/// An absolute http or https address.
pub(in crate::simulator) fn http_url(text: &str) -> Option<Url> {
    let url: Url = text.parse().ok()?;
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(url)
}

/// The address without `user:password@`, and those two decoded.
fn without_credentials(url: &Url) -> (Url, Option<(String, String)>) {
    if url.username().is_empty() && url.password().is_none() {
        return (url.clone(), None);
    }
    let credentials = (
        decoded(url.username()),
        decoded(url.password().unwrap_or_default()),
    );
    let mut bare = url.clone();
    // Fails only for addresses that cannot have a user at all, and this one had.
    let _ = bare.set_username("").and_then(|()| bare.set_password(None));
    (bare, Some(credentials))
}

/// Percent-decoded, as a user writes `p%40ss` for `p@ss`.
fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text)
        .decode_utf8_lossy()
        .into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_in_the_address_are_decoded_and_taken_out() {
        let url = "http://ho%6Fk:p%40ss@127.0.0.1:1/x?y=1".parse().unwrap();
        let (bare, credentials) = without_credentials(&url);
        assert_eq!(bare.as_str(), "http://127.0.0.1:1/x?y=1");
        assert_eq!(credentials, Some(("hook".into(), "p@ss".into())));
    }
}
