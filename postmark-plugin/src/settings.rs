//! What an operator configures, and the checks that need no network.

use std::time::Duration;

use plugin_api::{CreateError, Secret, TrackLinks};
use reqwest::Url;
use serde::Deserialize;

/// The token that validates everything and delivers nothing. Source: Postmark's API overview.
const TEST_TOKEN: &str = "POSTMARK_API_TEST";

/// The settings of a Postmark provider. Unknown keys are refused.
#[plugin_api::settings]
#[derive(Debug, Clone)]
pub struct Settings {
    /// The server's API token (Postmark: Servers, API Tokens). Required. `POSTMARK_API_TEST` validates and delivers nothing.
    #[serde(default)]
    pub server_token: Secret,
    /// The message stream of messages that name none.
    #[serde(default = "defaults::message_stream")]
    pub message_stream: String,
    /// Where the API is. `https`, or `http` on this machine (for a simulator): a token must not travel in clear.
    #[serde(default = "defaults::base_url")]
    pub base_url: String,
    /// Whether opens are tracked when a message does not say. Not set: the server's own setting.
    #[serde(default)]
    pub track_opens: Option<bool>,
    /// Which links are tracked when a message does not say: `None`, `HtmlAndText`, `HtmlOnly`, `TextOnly`. Not set: the server's own
    /// setting.
    #[serde(default)]
    pub track_links: Option<LinkTracking>,
    /// A proxy for all calls, `http://[user:password@]host:port`. Not set: the environment's `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`.
    /// Never used for a `base_url` of plain `http`.
    #[serde(default)]
    pub proxy: Option<Secret>,
    /// A PEM file of certificate authorities trusted beside the system's: for a proxy that looks into TLS.
    #[serde(default)]
    pub ca_file: Option<String>,
    /// Milliseconds to connect, TLS included, before the service counts as unavailable. From 1; default 10000.
    #[serde(default = "defaults::connect_timeout_ms")]
    pub connect_timeout_ms: u64,
    /// Milliseconds an unused connection is kept for the next call; 0 keeps none. Default 30000: shorter than the minute after which
    /// common load balancers hang up, because a request that crosses such a hang-up is in doubt.
    #[serde(default = "defaults::idle_timeout_ms")]
    pub idle_timeout_ms: u64,
}

/// Postmark's words for link tracking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, plugin_api::schemars::JsonSchema)]
#[serde(crate = "plugin_api::serde")]
#[schemars(crate = "plugin_api::schemars")]
pub enum LinkTracking {
    /// No link.
    None,
    /// Links of both bodies.
    HtmlAndText,
    /// Links of the HTML body.
    HtmlOnly,
    /// Links of the text body.
    TextOnly,
}

mod defaults {
    pub(super) fn message_stream() -> String {
        "outbound".to_owned()
    }

    pub(super) fn base_url() -> String {
        "https://api.postmarkapp.com".to_owned()
    }

    pub(super) fn connect_timeout_ms() -> u64 {
        10_000
    }

    pub(super) fn idle_timeout_ms() -> u64 {
        30_000
    }
}

impl From<LinkTracking> for TrackLinks {
    fn from(choice: LinkTracking) -> Self {
        match choice {
            LinkTracking::None => Self::None,
            LinkTracking::HtmlAndText => Self::HtmlAndText,
            LinkTracking::HtmlOnly => Self::HtmlOnly,
            LinkTracking::TextOnly => Self::TextOnly,
        }
    }
}

impl Settings {
    /// The token, without white space around it: secrets read from files often end in a line break.
    pub(crate) fn token(&self) -> Result<&str, CreateError> {
        match self.server_token.expose().trim() {
            "" => Err(CreateError::setting(
                "server_token",
                "is empty; set it to the server's API token (Postmark: Servers, API Tokens)",
            )),
            token => Ok(token),
        }
    }

    pub(crate) fn is_test_token(&self) -> bool {
        self.server_token.expose().trim() == TEST_TOKEN
    }

    pub(crate) fn stream(&self) -> Result<&str, CreateError> {
        match self.message_stream.trim() {
            "" => Err(CreateError::setting(
                "message_stream",
                "is empty; expected the id of a message stream such as `outbound`",
            )),
            stream => Ok(stream),
        }
    }

    pub(crate) fn base(&self) -> Result<Url, CreateError> {
        let wrong = |problem: String| CreateError::setting("base_url", problem);
        let url = Url::parse(self.base_url.trim()).map_err(|problem| {
            wrong(format!(
                "is not an address ({problem}); expected one such as `https://api.postmarkapp.com`"
            ))
        })?;
        if !url.username().is_empty()
            || url.password().is_some()
            || url.query().is_some()
            || url.fragment().is_some()
        {
            return Err(wrong(
                "holds a user, a query or a fragment; expected scheme, host, port and path only"
                    .to_owned(),
            ));
        }
        match url.scheme() {
            "https" => Ok(url),
            "http" if is_this_machine(&url) => Ok(url),
            "http" => Err(wrong(
                "is `http` to another machine, where the token would travel in clear; use `https`"
                    .to_owned(),
            )),
            other => Err(wrong(format!("has the scheme `{other}`; expected `https`"))),
        }
    }

    /// The proxy's address; nothing of it is repeated in an error, since it may hold a password.
    pub(crate) fn proxy_url(&self) -> Result<Option<Url>, CreateError> {
        let Some(proxy) = self.proxy.as_ref().filter(|proxy| !proxy.is_empty()) else {
            return Ok(None);
        };
        match Url::parse(proxy.expose().trim()) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(Some(url)),
            _ => Err(CreateError::setting(
                "proxy",
                "is not a proxy's address; expected `http://host:port` or `http://user:password@host:port`",
            )),
        }
    }

    pub(crate) fn connect_timeout(&self) -> Result<Duration, CreateError> {
        match self.connect_timeout_ms {
            0 => Err(CreateError::setting(
                "connect_timeout_ms",
                "is 0; expected 1 or more milliseconds",
            )),
            ms => Ok(Duration::from_millis(ms)),
        }
    }
}

fn is_this_machine(url: &Url) -> bool {
    let Some(host) = url.host_str() else {
        return false;
    };
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || address
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::Settings;
    use plugin_api::serde_json::{from_value, json};

    fn settings(change: plugin_api::serde_json::Value) -> Settings {
        let mut all = json!({ "server_token": "token" });
        for (key, value) in change.as_object().unwrap() {
            all[key] = value.clone();
        }
        from_value(all).unwrap()
    }

    #[test]
    fn plain_http_is_for_this_machine_only() {
        for good in [
            "https://api.postmarkapp.com",
            "https://proxy.example.com/postmark/",
            "http://127.0.0.1:8025",
            "http://localhost:1",
            "http://[::1]:8025",
        ] {
            settings(json!({ "base_url": good })).base().expect(good);
        }
        for bad in [
            "",
            "api.postmarkapp.com",
            "http://api.postmarkapp.com",
            "http://127.0.0.1.example.com",
            "ftp://127.0.0.1",
            "https://user@example.com",
            "https://example.com?x=1",
        ] {
            let error = settings(json!({ "base_url": bad })).base().expect_err(bad);
            assert_eq!(error.setting.as_deref(), Some("base_url"), "{bad}");
        }
    }

    #[test]
    fn an_unknown_key_is_refused_by_name() {
        let error = from_value::<Settings>(json!({ "server_token": "t", "sever_token": "t" }))
            .unwrap_err()
            .to_string();
        assert!(error.contains("sever_token"), "{error}");
    }

    #[test]
    fn debug_shows_neither_the_token_nor_the_proxy_s_password() {
        let settings = settings(
            json!({ "server_token": "s3cret", "proxy": "http://user:pass-word@proxy.example.com:3128" }),
        );
        let shown = format!("{settings:?}");
        assert!(
            !shown.contains("s3cret") && !shown.contains("pass-word"),
            "{shown}"
        );
    }

    #[test]
    fn an_unreadable_proxy_is_refused_without_repeating_it() {
        let settings = settings(json!({ "proxy": "user:pass-word@proxy.example.com" }));
        let error = settings.proxy_url().unwrap_err();
        assert_eq!(error.setting.as_deref(), Some("proxy"));
        assert!(!error.to_string().contains("pass-word"), "{error}");
    }
}
