//! What an operator has stopped for a while.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::Serialize;

/// What can be paused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PauseSubject {
    /// A provider: nothing is sent through it, the others of a pool take its messages.
    Provider,
    /// A route: its messages wait.
    Route,
}

/// A pause in force. It outlives the process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pause {
    /// Whether it is a provider or a route.
    pub subject: PauseSubject,
    /// Its name.
    pub name: String,
    /// Since when.
    pub since: Timestamp,
    /// Why, in the operator's words.
    pub reason: String,
}

impl PauseSubject {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Provider => "provider",
            Self::Route => "route",
        }
    }
}

impl fmt::Display for PauseSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The text names nothing that can be paused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` cannot be paused; expected `provider` or `route`")]
pub struct UnknownSubject(String);

impl FromStr for PauseSubject {
    type Err = UnknownSubject;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Provider, Self::Route]
            .into_iter()
            .find(|subject| subject.as_str() == text)
            .ok_or_else(|| UnknownSubject(text.to_owned()))
    }
}
