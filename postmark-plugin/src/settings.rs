//! What an operator configures, and the checks that need no network.

use plugin_api::{CreateError, Secret, TrackLinks};
use plugin_http::{Connection, Credential, HeaderName};
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

    /// How the API is reached.
    pub(crate) fn connection(&self) -> Connection<'_> {
        Connection {
            user_agent: concat!("postmark-plugin/", env!("CARGO_PKG_VERSION")),
            base_url: &self.base_url,
            proxy: self.proxy.as_ref(),
            ca_file: self.ca_file.as_deref(),
            connect_timeout_ms: self.connect_timeout_ms,
            idle_timeout_ms: self.idle_timeout_ms,
        }
    }

    pub(crate) fn credential(&self) -> Result<Credential<'_>, CreateError> {
        Ok(Credential {
            setting: "server_token",
            header: HeaderName::from_static("x-postmark-server-token"),
            prefix: "",
            secret: self.token()?,
        })
    }
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
}
