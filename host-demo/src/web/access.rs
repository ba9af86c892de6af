//! Who a request comes from. Every secret is compared in constant time over digests of equal length.

use std::net::IpAddr;

use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, HOST};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use plugin_api::TrackingId;
use plugin_host::{AccountKey, MessageKey};
use secrecy::ExposeSecret as _;
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConstantTimeEq as _};

use super::PostmarkError;
use crate::config::{Callers, Token};

pub(super) const TOKEN_HEADER: &str = "X-Postmark-Server-Token";

/// Somebody who may send and read: for every account, or for one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    /// The account everything is limited to.
    pub(crate) account: Option<String>,
}

impl Caller {
    /// The account a message is sent for.
    ///
    /// # Errors
    /// When the token is bound to another account than the one asked for.
    pub(crate) fn account_for(
        &self,
        asked: Option<String>,
    ) -> Result<Option<String>, PostmarkError> {
        match (&self.account, asked) {
            (Some(bound), Some(asked)) if *bound != asked => Err(PostmarkError::invalid(
                "Invalid 'AccountUID': the token is bound to another account.",
            )),
            (Some(bound), _) => Ok(Some(bound.clone())),
            (None, asked) => Ok(asked),
        }
    }

    /// The message of this id, of the account that is named, or of whichever account has it. `None`: the account is not this caller's.
    pub(crate) fn message(
        &self,
        tracking_id: TrackingId,
        account: Option<String>,
    ) -> Option<MessageKey> {
        let account = account.map(|named| AccountKey::of(&named).into());
        let mine = account.as_deref().is_none_or(|named| self.may_see(named));
        mine.then(|| MessageKey {
            account: self.account.clone().or(account),
            tracking_id,
        })
    }

    /// Whether this account's data may be read and changed.
    pub(crate) fn may_see(&self, account: &str) -> bool {
        self.account.as_deref().is_none_or(|bound| bound == account)
    }
}

/// The tokens of `[server]`, as digests.
pub(crate) struct Tokens(Vec<(Secret, Caller)>);

impl Tokens {
    pub(crate) fn new(tokens: &[Token]) -> Self {
        let digests = tokens.iter().map(|token| {
            let account = token.account.clone();
            (Secret::of(token.secret.expose_secret()), Caller { account })
        });
        Self(digests.collect())
    }

    /// The caller, by the header of Postmark's clients. Without any token configured (which only a loopback address may be),
    /// everybody who names this machine is let in: a web page that tricks a browser by a name of its own is not.
    pub(crate) fn caller(&self, headers: &HeaderMap) -> Option<Caller> {
        if self.0.is_empty() {
            return names_this_machine(headers).then_some(Caller { account: None });
        }
        let presented = headers.get(TOKEN_HEADER)?.as_bytes();
        self.holder(presented)
    }

    /// The person at a browser: as [`Tokens::caller`], or basic auth with a token as the password and any user name.
    pub(crate) fn person(&self, headers: &HeaderMap) -> Option<Caller> {
        self.caller(headers).or_else(|| {
            let (_, password) = basic_auth(headers)?;
            self.holder(password.as_bytes())
        })
    }

    fn holder(&self, presented: &[u8]) -> Option<Caller> {
        let presented = Secret::of_bytes(presented.trim_ascii());
        let mut found = None;
        for (secret, caller) in &self.0 {
            if bool::from(secret.is(&presented)) {
                found = Some(caller.clone());
            }
        }
        found
    }
}

/// The credentials of `[unsubscribe]` or `[webhooks.NAME]`, as digests.
pub(crate) struct Gatekeeper {
    basic: Vec<Secret>,
    headers: Vec<(String, Secret)>,
}

impl Gatekeeper {
    pub(crate) fn new(callers: &Callers) -> Self {
        let basic = callers
            .basic
            .iter()
            .map(|auth| Secret::of(&format!("{}:{}", auth.user, auth.password.expose_secret())));
        let headers = callers
            .headers
            .iter()
            .map(|auth| (auth.name.clone(), Secret::of(auth.value.expose_secret())));
        Self {
            basic: basic.collect(),
            headers: headers.collect(),
        }
    }

    /// Whether no credentials are configured.
    pub(crate) fn is_empty(&self) -> bool {
        self.basic.is_empty() && self.headers.is_empty()
    }

    /// Whether one of the credentials is presented. Without any configured, nobody is let in.
    pub(crate) fn lets_in(&self, headers: &HeaderMap) -> bool {
        let mut is_known = Choice::from(0);
        if let Some((user, password)) = basic_auth(headers) {
            let presented = Secret::of(&format!("{user}:{password}"));
            for secret in &self.basic {
                is_known |= secret.is(&presented);
            }
        }
        for (name, secret) in &self.headers {
            for value in headers.get_all(name) {
                is_known |= secret.is(&Secret::of_bytes(value.as_bytes().trim_ascii()));
            }
        }
        bool::from(is_known)
    }
}

/// A digest that stands for a secret; it cannot be turned back.
struct Secret([u8; 32]);

impl Secret {
    fn of(text: &str) -> Self {
        Self::of_bytes(text.as_bytes())
    }

    fn of_bytes(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    fn is(&self, presented: &Self) -> Choice {
        self.0.ct_eq(&presented.0)
    }
}

fn basic_auth(headers: &HeaderMap) -> Option<(String, String)> {
    let text = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = text.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let plain = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (user, password) = plain.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

fn names_this_machine(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(HOST).and_then(|host| host.to_str().ok()) else {
        return true;
    };
    let name = host.rsplit_once(':').map_or(host, |(name, port)| {
        if port.bytes().all(|byte| byte.is_ascii_digit()) {
            name
        } else {
            host
        }
    });
    let name = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pair =
            |(name, value): &(&'static str, &str)| (name.parse().unwrap(), value.parse().unwrap());
        pairs
            .iter()
            .map(pair)
            .collect::<Vec<(axum::http::HeaderName, _)>>()
            .into_iter()
            .collect()
    }

    #[test]
    fn without_tokens_only_requests_that_name_this_machine_are_let_in() {
        let tokens = Tokens::new(&[]);
        for host in [
            "127.0.0.1:8025",
            "localhost",
            "LOCALHOST:8025",
            "[::1]:8025",
        ] {
            assert!(
                tokens.caller(&headers(&[("host", host)])).is_some(),
                "{host}"
            );
        }
        for host in [
            "attacker.example",
            "attacker.example:8025",
            "192.0.2.7:8025",
            "localhost.attacker.example",
        ] {
            assert!(
                tokens.caller(&headers(&[("host", host)])).is_none(),
                "{host}"
            );
        }
    }

    #[test]
    fn a_token_is_taken_from_its_header_and_from_a_browsers_password() {
        let token = |secret: &str, account: Option<&str>| Token {
            secret: secret.into(),
            account: account.map(Into::into),
        };
        let tokens = Tokens::new(&[token("one", None), token("two", Some("a"))]);
        let by_header = |token| tokens.caller(&headers(&[("x-postmark-server-token", token)]));
        assert_eq!(by_header("one"), Some(Caller { account: None }));
        assert_eq!(
            by_header("two"),
            Some(Caller {
                account: Some("a".into())
            })
        );
        assert_eq!((by_header("three"), by_header("")), (None, None));
        let browser = headers(&[(
            "authorization",
            &format!("Basic {}", STANDARD.encode("anybody:two")),
        )]);
        assert_eq!(
            tokens.person(&browser),
            Some(Caller {
                account: Some("a".into())
            })
        );
        assert_eq!(
            tokens.caller(&browser),
            None,
            "the sending API takes the header alone"
        );
    }

    #[test]
    fn nobody_is_let_in_where_no_credentials_are_configured() {
        let gatekeeper = Gatekeeper::new(&Callers::default());
        let empty = headers(&[("authorization", &format!("Basic {}", STANDARD.encode(":")))]);
        assert!(!gatekeeper.lets_in(&HeaderMap::new()) && !gatekeeper.lets_in(&empty));
    }
}
