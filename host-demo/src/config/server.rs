//! `[server]`: where to listen, who may send, how long to wait.

use std::net::SocketAddr;
use std::time::Duration;

use plugin_host::AccountKey;
use secrecy::{ExposeSecret as _, SecretString};
use toml::Value;

use super::Section;

const SECOND: Duration = Duration::from_secs(1);

/// The HTTP server.
#[derive(Debug, Clone)]
pub(crate) struct ServerConfig {
    /// Where to listen.
    pub(crate) listen: SocketAddr,
    /// Who may send and read. None: everybody who can reach the (loopback) address.
    pub(crate) tokens: Vec<Token>,
    /// How long a request may take, its body included.
    pub(crate) request_timeout: Duration,
    /// How long a stopping server waits for what is in flight.
    pub(crate) shutdown_grace: Duration,
}

/// A token that may send, for every account or for one.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub(crate) secret: SecretString,
    pub(crate) account: Option<String>,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8025)),
            tokens: Vec::new(),
            request_timeout: Duration::from_secs(30),
            shutdown_grace: Duration::from_secs(30),
        }
    }
}

pub(super) fn read(mut section: Section<'_>) -> ServerConfig {
    let default = ServerConfig::default();
    let server = ServerConfig {
        listen: listen(&mut section).unwrap_or(default.listen),
        tokens: tokens(&mut section),
        request_timeout: section.duration(
            "request_timeout",
            default.request_timeout,
            SECOND..=600 * SECOND,
        ),
        shutdown_grace: section.duration(
            "shutdown_grace",
            default.shutdown_grace,
            Duration::ZERO..=600 * SECOND,
        ),
    };
    if server.tokens.is_empty() && !server.listen.ip().is_loopback() {
        section.fault(
            "tokens",
            format!(
                "must name at least one token, since {} is not a loopback address and everybody who reaches it could send; \
                 add tokens = [\"${{HOST_TOKEN}}\"] or listen on 127.0.0.1",
                server.listen
            ),
        );
    }
    section.finish();
    server
}

fn listen(section: &mut Section<'_>) -> Option<SocketAddr> {
    let text = section.string("listen")?;
    let address = text.parse().ok();
    if address.is_none() && !section.is_faulty("listen") {
        section.fault(
            "listen",
            "must be an IP address with a port, such as \"127.0.0.1:8025\" or \"[::1]:8025\"",
        );
    }
    address
}

fn tokens(section: &mut Section<'_>) -> Vec<Token> {
    let places = section.list("tokens").unwrap_or_default();
    let mut tokens: Vec<Token> = Vec::with_capacity(places.len());
    for (index, place) in places.into_iter().enumerate() {
        let key = format!("tokens[{index}]");
        let Some(token) = token(section, &key, place) else {
            continue;
        };
        let is_same = |other: &Token| other.secret.expose_secret() == token.secret.expose_secret();
        if tokens.iter().any(is_same) {
            section.fault(&key, "is the same token as one before it; remove one");
        } else {
            tokens.push(token);
        }
    }
    tokens
}

fn token(section: &Section<'_>, key: &str, place: Value) -> Option<Token> {
    let path = section.key(key);
    let mut table = match place {
        Value::String(secret) => toml::Table::from_iter([("token".to_owned(), secret.into())]),
        Value::Table(table) => table,
        _ => {
            section.fault(
                key,
                "must be a string, or { token = \"…\", account = \"…\" }",
            );
            return None;
        }
    };
    if section.is_faulty(key) {
        table.remove("token");
        return None;
    }
    let mut inner = Section::new(path, table, section.faults());
    let secret = inner.required("token", "an empty token would let everybody send");
    let account = inner.has("account").then(|| {
        inner.required(
            "account",
            "name the account this token is bound to, or leave the key out",
        )
    });
    inner.finish();
    Some(Token {
        secret: secret?.trim().into(),
        account: match account {
            Some(named) => Some(AccountKey::of(&named?).into()),
            None => None,
        },
    })
}
