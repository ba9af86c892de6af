//! One webhook request: what it carries and how the answer is read.

use std::time::Duration;

use axum::body::Bytes;
use axum::http::StatusCode;
use reqwest::redirect::Policy;
use reqwest::{Client, Url};

use super::outcome::WebhookOutcome;

/// An event on its way to one address. The body is built once and shared by every attempt.
#[derive(Clone, Debug)]
pub(in crate::simulator) struct WebhookCall {
    /// Where to; credentials in it are sent as basic auth unless `basic_auth` has some.
    pub(in crate::simulator) url: Url,
    pub(in crate::simulator) basic_auth: Option<(String, String)>,
    pub(in crate::simulator) headers: Vec<(String, String)>,
    /// What happened, in the service's word: for the log of attempts.
    pub(in crate::simulator) event: &'static str,
    pub(in crate::simulator) body: Bytes,
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
        .user_agent("Postmark")
        .build()
}

impl WebhookCall {
    /// Posts it once. `number` says which attempt of how many this is.
    pub(super) async fn post(
        &self,
        client: &Client,
        trace_id: &str,
        retries_remaining: usize,
    ) -> WebhookOutcome {
        let (url, from_url) = without_credentials(&self.url);
        let mut request = client
            .post(url)
            .header("Content-Type", "application/json")
            .header("Accept-Encoding", "gzip, deflate")
            .header("Expect", "100-continue")
            .header("X-PM-Webhook-Trace-Id", trace_id)
            .header("X-PM-Retries-Remaining", retries_remaining.to_string());
        if let Some((user, password)) = self.basic_auth.as_ref().or(from_url.as_ref()) {
            request = request.basic_auth(user, Some(password));
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        match request.body(self.body.clone()).send().await {
            Ok(answer) => read_status(answer.status()),
            Err(_) => WebhookOutcome::Unreachable,
        }
    }
}

/// 2xx is taken; 408, 429, 5xx and a bare redirect are tried again; every other 4xx loses the event.
fn read_status(status: StatusCode) -> WebhookOutcome {
    let number = status.as_u16();
    match number {
        200..=299 => WebhookOutcome::Delivered { status: number },
        408 | 429 => WebhookOutcome::Retried { status: number },
        400..=499 => WebhookOutcome::Dropped { status: number },
        _ => WebhookOutcome::Retried { status: number },
    }
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

    #[test]
    fn only_408_429_5xx_and_redirects_are_tried_again() {
        let retried = |status| {
            matches!(
                read_status(StatusCode::from_u16(status).unwrap()),
                WebhookOutcome::Retried { .. }
            )
        };
        assert!([302, 408, 429, 500, 503].into_iter().all(retried));
        assert!(
            ![200, 204, 400, 401, 403, 404, 405, 410, 422]
                .into_iter()
                .any(retried)
        );
    }
}
