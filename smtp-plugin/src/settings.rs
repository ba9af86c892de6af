//! What an operator configures, and the checks that need no network.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS, Mechanism};
use lettre::transport::smtp::extension::ClientId;
use plugin_api::{CreateError, Mailbox, Secret};

mod choices;
pub use choices::{AuthMechanism, DsnNotify, DsnReturn, Encryption};

/// The settings of an SMTP provider. Unknown keys are refused.
#[plugin_api::settings]
#[derive(Clone)]
pub struct Settings {
    /// The submission server: its name, which its certificate must bear, or its IP address. Required.
    #[serde(default)]
    pub host: String,
    /// The port. Not set: 587 for `starttls`, 465 for `implicit`, 25 for `none`.
    #[serde(default)]
    pub port: Option<u16>,
    /// How the connection is encrypted: `starttls` (required, never skipped), `implicit`, or `none`, which carries no password to another
    /// machine. Default `starttls`.
    #[serde(default)]
    pub tls: Encryption,
    /// The user to log in as. Not set: no login.
    #[serde(default)]
    pub username: Option<String>,
    /// The user's password; for `xoauth2` the access token.
    #[serde(default)]
    pub password: Option<Secret>,
    /// How to log in: `plain`, `login` or `xoauth2`. Not set: `plain` where the server offers it, else `login`.
    #[serde(default)]
    pub mechanism: Option<AuthMechanism>,
    /// A PEM file of certificate authorities trusted beside the system's.
    #[serde(default)]
    pub ca_file: Option<String>,
    /// The name this machine gives in EHLO. Not set: its host name.
    #[serde(default)]
    pub hello_name: Option<String>,
    /// Where the server sends bounces: the address in MAIL FROM. Not set: the message's From.
    #[serde(default)]
    pub return_path: Option<String>,
    /// The part after `@` in Message-ID. Not set: the domain of the message's From.
    #[serde(default)]
    pub message_id_domain: Option<String>,
    /// What to be notified of by mail to the return path, where the server offers DSN: `success`, `failure`, `delay`, or `never` alone. Not
    /// set: the server decides.
    #[serde(default)]
    pub dsn_notify: Vec<DsnNotify>,
    /// What a notification returns of the message: `headers` or `full`. Default `headers`.
    #[serde(default)]
    pub dsn_return: DsnReturn,
    /// The domain that signs (DKIM `d=`). Needs the two settings below.
    #[serde(default)]
    pub dkim_domain: Option<String>,
    /// The name of the key in that domain's DNS (DKIM `s=`).
    #[serde(default)]
    pub dkim_selector: Option<String>,
    /// The private key: PEM of an RSA key that begins with `-----BEGIN RSA PRIVATE KEY-----`, or the 32 bytes of an Ed25519 key in base64.
    #[serde(default)]
    pub dkim_key: Option<Secret>,
    /// Connections at a time, from 1. Default 4.
    #[serde(default = "defaults::max_connections")]
    pub max_connections: usize,
    /// Milliseconds to connect, TLS and login included, before the server counts as unavailable. From 1; default 10000.
    #[serde(default = "defaults::connect_timeout_ms")]
    pub connect_timeout_ms: u64,
    /// Milliseconds an unused connection is kept for the next call; 0 keeps none. Default 30000.
    #[serde(default = "defaults::idle_timeout_ms")]
    pub idle_timeout_ms: u64,
}

mod defaults {
    pub(super) fn max_connections() -> usize {
        4
    }

    pub(super) fn connect_timeout_ms() -> u64 {
        10_000
    }

    pub(super) fn idle_timeout_ms() -> u64 {
        30_000
    }
}

/// User names and return paths are addresses, or may be: only what names the server is shown.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("host", &self.host)
            .field("port", &self.port())
            .field("tls", &self.tls)
            .finish_non_exhaustive()
    }
}

/// A user, and the ways to log in as that user, best first.
pub(crate) struct Login {
    pub(crate) credentials: Credentials,
    pub(crate) mechanisms: Vec<Mechanism>,
}

impl Settings {
    pub(crate) fn host(&self) -> Result<&str, CreateError> {
        let host = self.host.trim();
        let is_name = |text: &str| {
            text.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte))
        };
        match host {
            "" => Err(CreateError::setting(
                "host",
                "is empty; expected the name of a submission server such as `smtp.example.com`",
            )),
            host if is_name(host) || host.parse::<IpAddr>().is_ok() => Ok(host),
            _ => Err(CreateError::setting(
                "host",
                "is no host's name and no IP address; expected one such as `smtp.example.com`, and the port in `port`",
            )),
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port.unwrap_or_else(|| self.tls.port())
    }

    /// Whom to log in as, if anybody.
    pub(crate) fn login(&self) -> Result<Option<Login>, CreateError> {
        let password = self.password.as_ref().filter(|it| !it.is_empty());
        let username = self.username.as_deref().map(str::trim);
        let (username, password) = match (username.filter(|it| !it.is_empty()), password) {
            (None, None) if self.mechanism.is_some() => {
                return Err(CreateError::setting(
                    "mechanism",
                    "is set, but `username` and `password` are not",
                ));
            }
            (None, None) => return Ok(None),
            (None, Some(_)) => {
                return Err(CreateError::setting(
                    "username",
                    "is missing beside `password`; set both or neither",
                ));
            }
            (Some(_), None) => {
                return Err(CreateError::setting(
                    "password",
                    "is missing or empty beside `username`; set both or neither",
                ));
            }
            (Some(username), Some(password)) => (username, password),
        };
        if self.tls == Encryption::None && !self.is_this_machine() {
            return Err(CreateError::setting(
                "tls",
                "is `none` to another machine, where the password would travel in clear; use `starttls` or `implicit`",
            ));
        }
        // Secrets read from files often end in a line break.
        let password = password.expose().trim_end_matches(['\r', '\n']);
        Ok(Some(Login {
            credentials: Credentials::new(username.to_owned(), password.to_owned()),
            mechanisms: self.mechanism.map_or_else(
                || DEFAULT_MECHANISMS.to_vec(),
                |mechanism| vec![mechanism.into()],
            ),
        }))
    }

    pub(crate) fn is_this_machine(&self) -> bool {
        let host = self.host.trim();
        host.eq_ignore_ascii_case("localhost")
            || host.parse::<IpAddr>().is_ok_and(|it| it.is_loopback())
    }

    /// What to say in EHLO. A host name that is none by the rules of DNS gives way to an address, which every server takes.
    pub(crate) fn hello(&self) -> Result<ClientId, CreateError> {
        let given = self.hello_name.as_deref().map(str::trim);
        match given.filter(|name| !name.is_empty()) {
            Some(name) if is_domain(name) => Ok(ClientId::Domain(name.to_owned())),
            Some(_) => Err(CreateError::setting(
                "hello_name",
                "is no host's name; expected letters, digits, dots and hyphens",
            )),
            None => Ok(match ClientId::default() {
                ClientId::Domain(name) if !is_domain(&name) => {
                    ClientId::Ipv4(std::net::Ipv4Addr::LOCALHOST)
                }
                name => name,
            }),
        }
    }

    pub(crate) fn return_path(&self) -> Result<Option<Mailbox>, CreateError> {
        let given = self.return_path.as_deref().map(str::trim);
        let given = given.filter(|address| !address.is_empty());
        given
            .map(Mailbox::new)
            .transpose()
            .map_err(|problem| CreateError::setting("return_path", problem))
    }

    pub(crate) fn message_id_domain(&self) -> Result<Option<String>, CreateError> {
        match self.message_id_domain.as_deref().map(str::trim) {
            None | Some("") => Ok(None),
            Some(domain) if is_domain(domain) => Ok(Some(domain.to_owned())),
            Some(_) => Err(CreateError::setting(
                "message_id_domain",
                "is no domain; expected one such as `example.com`",
            )),
        }
    }

    pub(crate) fn check_notify(&self) -> Result<(), CreateError> {
        if self.dsn_notify.len() > 1 && self.dsn_notify.contains(&DsnNotify::Never) {
            return Err(CreateError::setting(
                "dsn_notify",
                "holds `never` beside other words; `never` stands alone",
            ));
        }
        Ok(())
    }

    pub(crate) fn connections(&self) -> Result<usize, CreateError> {
        match self.max_connections {
            limit @ 1..=1000 => Ok(limit),
            _ => Err(CreateError::setting(
                "max_connections",
                "is not between 1 and 1000",
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

fn is_domain(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte))
}

#[cfg(test)]
mod tests;
