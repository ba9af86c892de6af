//! One HTTP exchange with Postmark: headers, deadlines, what came back. Knows nothing of mail.

use std::time::Duration;

use plugin_api::{CallContext, CreateError, Host, Secret};
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Url};

use crate::refusal::{chain, innermost};
use crate::settings::Settings;
use crate::tls;

mod answer;
mod body;

pub(crate) use answer::Answer;
use answer::{LONGEST_LIST, LONGEST_REPLY};
use body::Watch;

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// Ends a request a little before the host would end the call, so that what is known about it is still told.
const BEFORE_DEADLINE: Duration = Duration::from_millis(50);

/// A client of one Postmark server.
pub(crate) struct Client {
    http: reqwest::Client,
    base: Url,
    token: Secret,
}

/// No answer came.
#[derive(Debug)]
pub(crate) struct Failure {
    /// Whether it is certain that the service does not have the request.
    pub(crate) certainly_unsent: bool,
    /// Host and port.
    pub(crate) service: String,
    /// What happened, in a clause.
    pub(crate) why: String,
    /// What happened, to the last cause; names hosts, never tokens or mail addresses.
    pub(crate) cause: String,
}

impl Client {
    pub(crate) fn new(settings: &Settings, host: &Host) -> Result<Self, CreateError> {
        tls::use_ring();
        let base = settings.base()?;
        let authorities = tls::read_authorities(settings.ca_file.as_deref())?;
        let builder = reqwest::Client::builder()
            .user_agent(user_agent(host))
            .default_headers(headers(settings)?)
            .connect_timeout(settings.connect_timeout()?)
            .pool_idle_timeout(Duration::from_millis(settings.idle_timeout_ms))
            .pool_max_idle_per_host(if settings.idle_timeout_ms == 0 {
                0
            } else {
                usize::MAX
            })
            // A redirect would carry the token and the mail to an address nobody configured.
            .redirect(reqwest::redirect::Policy::none())
            // A blind retry is a second mail.
            .retry(reqwest::retry::never());
        let builder = if base.scheme() == "http" {
            // On this machine: no proxy may see the token, and no certificate is needed.
            builder.no_proxy().tls_certs_only(authorities)
        } else {
            let builder = builder.tls_certs_merge(authorities);
            match settings.proxy_url()? {
                Some(proxy) => builder.proxy(proxy_for_all(proxy)?),
                None => builder,
            }
        };
        let http = builder.build().map_err(|error| tls::no_client(&error))?;
        let token = Secret::new(settings.token()?);
        Ok(Self { http, base, token })
    }

    /// The address of a path such as `["message-streams", id]`, each part escaped.
    pub(crate) fn url(&self, path: &[&str]) -> Url {
        let mut url = self.base.clone();
        url.path_segments_mut()
            .expect("an http address has a path, and `Settings::base` lets no other through")
            .pop_if_empty()
            .extend(path);
        url
    }

    pub(crate) async fn get(&self, url: Url, context: &CallContext) -> Result<Answer, Failure> {
        let request = self.http.request(Method::GET, url);
        // Reading changes nothing, so nothing is in doubt after it.
        self.exchange(request, context, &Watch::default(), LONGEST_LIST)
            .await
    }

    pub(crate) async fn post(
        &self,
        url: Url,
        json: Vec<u8>,
        context: &CallContext,
    ) -> Result<Answer, Failure> {
        let watch = Watch::default();
        let request = self
            .http
            .request(Method::POST, url)
            .header(CONTENT_TYPE, JSON)
            .body(reqwest::Body::wrap(watch.over(json)));
        self.exchange(request, context, &watch, LONGEST_REPLY).await
    }

    async fn exchange(
        &self,
        request: reqwest::RequestBuilder,
        context: &CallContext,
        watch: &Watch,
        longest: usize,
    ) -> Result<Answer, Failure> {
        let left = context.hard_remaining().saturating_sub(BEFORE_DEADLINE);
        if left.is_zero() {
            let cause = "no time was left before the hard deadline";
            return Err(self.failure(true, cause.to_owned(), cause.to_owned()));
        }
        let request = match context.traceparent().map(HeaderValue::from_str) {
            Some(Ok(trace)) => request.header(TRACEPARENT, trace),
            _ => request,
        };
        match request.timeout(left).send().await {
            Ok(response) => Ok(Answer::read(response, longest)
                .await
                .without(self.token.expose())),
            Err(error) => {
                let error = error.without_url();
                Err(self.failure(watch.proves_unsent(), innermost(&error), chain(&error)))
            }
        }
    }

    fn failure(&self, certainly_unsent: bool, why: String, cause: String) -> Failure {
        let host = self.base.host_str().unwrap_or_default();
        let port = self.base.port_or_known_default().unwrap_or_default();
        Failure {
            certainly_unsent,
            service: format!("{host}:{port}"),
            why,
            cause,
        }
    }
}

fn headers(settings: &Settings) -> Result<HeaderMap, CreateError> {
    let mut token = HeaderValue::from_str(settings.token()?).map_err(|_| {
        CreateError::setting(
            "server_token",
            "holds a character that no token has (a line break, a control character); copy it again",
        )
    })?;
    token.set_sensitive(true);
    let name = HeaderName::from_static("x-postmark-server-token");
    Ok(HeaderMap::from_iter([(name, token), (ACCEPT, JSON)]))
}

fn user_agent(host: &Host) -> String {
    let text = format!(
        "postmark-plugin/{} ({})",
        env!("CARGO_PKG_VERSION"),
        host.version()
    );
    text.chars()
        .map(|c| {
            if c.is_ascii_graphic() || c == ' ' {
                c
            } else {
                '?'
            }
        })
        .collect()
}

fn proxy_for_all(url: Url) -> Result<reqwest::Proxy, CreateError> {
    reqwest::Proxy::all(url).map_err(|_| {
        CreateError::setting(
            "proxy",
            "is not an address of a proxy; expected `http://host:port`",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::Client;
    use plugin_api::Host;
    use plugin_api::serde_json::{from_value, json};

    #[test]
    fn paths_are_joined_and_escaped() {
        for (base, expected) in [
            (
                "http://127.0.0.1:1",
                "http://127.0.0.1:1/message-streams/a%2Fb",
            ),
            (
                "http://127.0.0.1:1/",
                "http://127.0.0.1:1/message-streams/a%2Fb",
            ),
            (
                "http://127.0.0.1:1/mail/",
                "http://127.0.0.1:1/mail/message-streams/a%2Fb",
            ),
        ] {
            let settings = from_value(json!({ "server_token": "t", "base_url": base })).unwrap();
            let client = Client::new(&settings, &Host::new("postmark", "tests 1")).unwrap();
            let url = client.url(&["message-streams", "a/b"]);
            assert_eq!(url.as_str(), expected);
        }
    }
}
