//! One HTTP exchange: headers, deadlines, what came back.

use std::time::Duration;

use plugin_api::{CallContext, CreateError, Host, Secret};
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Url};

use crate::answer::{Answer, LONGEST_LIST, LONGEST_REPLY};
use crate::body::Watch;
use crate::connection::{Connection, Credential};
use crate::failure::Failure;
use crate::text::{chain, innermost};
use crate::tls;

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// Ends a request a little before the host would end the call, so that what is known about it is still told.
const BEFORE_DEADLINE: Duration = Duration::from_millis(50);

/// A client of one account at a service. Never retries, never follows a redirect.
#[derive(Debug)]
pub struct Client {
    http: reqwest::Client,
    base: Url,
    credential: Secret,
}

impl Client {
    /// Prepares connections; talks to nobody yet.
    ///
    /// # Errors
    /// When a setting cannot work; names it.
    pub fn new(
        connection: &Connection<'_>,
        credential: &Credential<'_>,
        host: &Host,
    ) -> Result<Self, CreateError> {
        tls::use_ring();
        let base = connection.base()?;
        let authorities = tls::read_authorities(connection.ca_file)?;
        let headers = [
            (credential.header.clone(), credential.value()?),
            (ACCEPT, JSON),
        ];
        let builder = reqwest::Client::builder()
            .user_agent(user_agent(connection.user_agent, host))
            .default_headers(HeaderMap::from_iter(headers))
            .connect_timeout(connection.connect_timeout()?)
            .pool_idle_timeout(Duration::from_millis(connection.idle_timeout_ms))
            .pool_max_idle_per_host(match connection.idle_timeout_ms {
                0 => 0,
                _ => usize::MAX,
            })
            // A redirect would carry the credential and the mail to an address nobody configured.
            .redirect(reqwest::redirect::Policy::none())
            // A blind retry is a second mail.
            .retry(reqwest::retry::never());
        let builder = if base.scheme() == "http" {
            // On this machine: no proxy may see the credential, and no certificate is needed.
            builder.no_proxy().tls_certs_only(authorities)
        } else {
            let builder = builder.tls_certs_merge(authorities);
            match connection.proxy_url()? {
                Some(proxy) => builder.proxy(proxy_for_all(proxy)?),
                None => builder,
            }
        };
        let http = builder.build().map_err(|error| tls::no_client(&error))?;
        let credential = Secret::new(credential.secret);
        Ok(Self {
            http,
            base,
            credential,
        })
    }

    /// The address of a path such as `["message-streams", id]`, each part escaped.
    ///
    /// # Panics
    /// Never: an http address has a path, and [`Connection::base`] lets no other through.
    pub fn url(&self, path: &[&str]) -> Url {
        let mut url = self.base.clone();
        url.path_segments_mut()
            .expect("`Connection::base` lets only http addresses through")
            .pop_if_empty()
            .extend(path);
        url
    }

    /// Asks. Reading changes nothing, so nothing is in doubt after it.
    ///
    /// # Errors
    /// When no answer came before the hard deadline.
    pub async fn get(&self, url: Url, context: &CallContext) -> Result<Answer, Failure> {
        let request = self.http.request(Method::GET, url);
        self.exchange(request, context, &Watch::default(), LONGEST_LIST)
            .await
    }

    /// Takes something away, by an address alone.
    ///
    /// # Errors
    /// When no answer came before the hard deadline.
    pub async fn delete(&self, url: Url, context: &CallContext) -> Result<Answer, Failure> {
        let request = self.http.request(Method::DELETE, url);
        self.exchange(request, context, &Watch::default(), LONGEST_REPLY)
            .await
    }

    /// Brings something, once.
    ///
    /// # Errors
    /// When no answer came before the hard deadline; the failure tells whether the service can have it.
    pub async fn post(
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
                .without(self.credential.expose())),
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
            address: format!("{host}:{port}"),
            why,
            cause,
        }
    }
}

fn user_agent(plugin: &str, host: &Host) -> String {
    let text = format!("{plugin} ({})", host.version());
    text.replace(|c: char| !c.is_ascii_graphic() && c != ' ', "?")
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
    use crate::{Connection, Credential, HeaderName};
    use plugin_api::Host;

    #[test]
    fn paths_are_joined_and_escaped() {
        for (base_url, expected) in [
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
            let connection = Connection {
                user_agent: "tests/1",
                base_url,
                proxy: None,
                ca_file: None,
                connect_timeout_ms: 1,
                idle_timeout_ms: 0,
            };
            let credential = Credential {
                setting: "token",
                header: HeaderName::from_static("x-token"),
                prefix: "",
                secret: "t",
            };
            let client =
                Client::new(&connection, &credential, &Host::new("acme", "tests 1")).unwrap();
            let url = client.url(&["message-streams", "a/b"]);
            assert_eq!(url.as_str(), expected);
        }
    }
}
