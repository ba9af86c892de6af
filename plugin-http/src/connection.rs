//! The settings that plugins over HTTP share, and the checks that need no network.

use std::time::Duration;

use plugin_api::{CreateError, Secret};
use reqwest::Url;
use reqwest::header::{HeaderName, HeaderValue};

/// How to reach a service. Errors name the settings `base_url`, `proxy`, `ca_file` and `connect_timeout_ms`: a plugin's settings have fields of
/// these names.
#[derive(Debug)]
pub struct Connection<'a> {
    /// The plugin's name and version for `User-Agent`: `postmark-plugin/0.1.0`.
    pub user_agent: &'a str,
    /// Where the API is. `https`, or `http` on this machine.
    pub base_url: &'a str,
    /// A proxy for all calls; `None`: the environment's. Never used for plain `http`.
    pub proxy: Option<&'a Secret>,
    /// A PEM file of certificate authorities trusted beside the system's.
    pub ca_file: Option<&'a str>,
    /// Milliseconds to connect, TLS included; from 1.
    pub connect_timeout_ms: u64,
    /// Milliseconds an unused connection is kept; 0 keeps none.
    pub idle_timeout_ms: u64,
}

/// What proves to the service who we are: a header that every request carries.
#[derive(Debug)]
pub struct Credential<'a> {
    /// The setting it comes from, for errors.
    pub setting: &'a str,
    /// The header's name.
    pub header: HeaderName,
    /// What stands before the secret in the header's value: `Bearer `, or nothing.
    pub prefix: &'a str,
    /// The secret.
    pub secret: &'a str,
}

impl Connection<'_> {
    /// The base address.
    ///
    /// # Errors
    /// When it is no address, has a user, a query or a fragment, or would carry the credential in clear to another machine.
    pub fn base(&self) -> Result<Url, CreateError> {
        let wrong = |problem: String| CreateError::setting("base_url", problem);
        let url = Url::parse(self.base_url.trim()).map_err(|problem| {
            wrong(format!(
                "is not an address ({problem}); expected one such as `https://api.example.com`"
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
                "is `http` to another machine, where the credential would travel in clear; use `https`"
                    .to_owned(),
            )),
            other => Err(wrong(format!("has the scheme `{other}`; expected `https`"))),
        }
    }

    /// The proxy's address; nothing of it is repeated in an error, since it may hold a password.
    pub(crate) fn proxy_url(&self) -> Result<Option<Url>, CreateError> {
        let Some(proxy) = self.proxy.filter(|proxy| !proxy.is_empty()) else {
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

impl Credential<'_> {
    /// The header's value, marked as secret.
    pub(crate) fn value(&self) -> Result<HeaderValue, CreateError> {
        let text = format!("{}{}", self.prefix, self.secret);
        let mut value = HeaderValue::from_str(&text).map_err(|_| {
            CreateError::setting(
                self.setting,
                "holds a character that no token has (a line break, a control character); copy it again",
            )
        })?;
        value.set_sensitive(true);
        Ok(value)
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
    use super::Connection;
    use plugin_api::Secret;

    fn to(base_url: &str) -> Connection<'_> {
        Connection {
            user_agent: "tests/1",
            base_url,
            proxy: None,
            ca_file: None,
            connect_timeout_ms: 1,
            idle_timeout_ms: 0,
        }
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
            to(good).base().expect(good);
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
            let error = to(bad).base().expect_err(bad);
            assert_eq!(error.setting.as_deref(), Some("base_url"), "{bad}");
        }
    }

    #[test]
    fn an_unreadable_proxy_is_refused_without_repeating_it() {
        let proxy = Secret::new("user:pass-word@proxy.example.com");
        let mut connection = to("https://api.example.com");
        connection.proxy = Some(&proxy);
        let error = connection.proxy_url().unwrap_err();
        assert_eq!(error.setting.as_deref(), Some("proxy"));
        assert!(!error.to_string().contains("pass-word"), "{error}");
    }
}
