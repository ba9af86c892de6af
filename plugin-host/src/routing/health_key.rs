//! The parts of a provider that can ail on their own: a refused sender does not rest the senders beside it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::AddressKey;
use super::one_line::one_line;

/// The part of a provider that a record is about. Stored in kebab-case as `scope`, its name as `of`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "scope", content = "of", rename_all = "kebab-case")]
pub enum Scope {
    /// All of it: connection, service, plugin.
    Provider,
    /// The account with the service that the provider is configured for.
    Account,
    /// One message stream.
    Stream(String),
    /// One sender address.
    Sender(AddressKey),
}

impl fmt::Display for Scope {
    /// `provider`, `account`, `stream broadcast`, `sender` and the address's hash.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Provider => f.write_str("provider"),
            Self::Account => f.write_str("account"),
            Self::Stream(name) if name.is_empty() => f.write_str("default stream"),
            Self::Stream(name) => write!(f, "stream {}", one_line(name)),
            Self::Sender(address) => write!(f, "sender {address}"),
        }
    }
}

/// How much of itself a provider refused to serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusedScope {
    /// The sender address.
    Sender,
    /// The stream.
    Stream,
    /// The account with the service.
    Account,
    /// Everything, such as a request the service no longer understands.
    Provider,
}

/// What a record is filed under.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct HealthKey {
    /// The provider's configured name.
    pub provider: String,
    /// The version of the plugin that was called.
    pub plugin_version: String,
    /// The part of the provider.
    #[serde(flatten)]
    pub scope: Scope,
}

/// A call to a provider, as far as it touches health.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallScope<'a> {
    /// The provider's configured name.
    pub provider: &'a str,
    /// The version of its plugin.
    pub plugin_version: &'a str,
    /// The message's stream; empty for the provider's default.
    pub stream: &'a str,
    /// The address in From.
    pub sender: AddressKey,
}

impl CallScope<'_> {
    /// Every part the call touches.
    pub(super) fn keys(&self) -> [HealthKey; 4] {
        [
            RefusedScope::Provider,
            RefusedScope::Account,
            RefusedScope::Stream,
            RefusedScope::Sender,
        ]
        .map(|scope| self.key(self.scope(scope)))
    }

    pub(super) fn key(&self, scope: Scope) -> HealthKey {
        HealthKey {
            provider: self.provider.into(),
            plugin_version: self.plugin_version.into(),
            scope,
        }
    }

    pub(super) fn scope(&self, refused: RefusedScope) -> Scope {
        match refused {
            RefusedScope::Provider => Scope::Provider,
            RefusedScope::Account => Scope::Account,
            RefusedScope::Stream => Scope::Stream(self.stream.into()),
            RefusedScope::Sender => Scope::Sender(self.sender),
        }
    }
}
