//! The words of health: what goes wrong, and what that means for the next message.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::one_line::one_line;

/// What kind of outcome speaks against a provider. Stored in kebab-case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// It was certainly not accepted.
    Unavailable,
    /// It was perhaps accepted.
    InDoubt,
    /// The provider refused the sender, stream, account or request: rests at once.
    Refused,
}

/// One failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Its kind.
    pub kind: FailureKind,
    /// The cause in the provider's words, without addresses and secrets. Only its first 200 characters are kept.
    pub detail: String,
}

/// Why a provider rests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestReason {
    /// The last failure's kind.
    pub kind: FailureKind,
    /// How many failures in a row there were.
    pub failures: u32,
    /// The last failure's cause.
    pub detail: String,
}

/// Whether a provider may be asked. Stored in kebab-case as `state`, beside its fields.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum HealthState {
    /// Yes.
    #[default]
    Closed,
    /// No.
    Open {
        /// Until then.
        until: Timestamp,
        /// What went wrong.
        reason: RestReason,
    },
    /// For one message: see [`Health::begin_probe`].
    ///
    /// [`Health::begin_probe`]: super::Health::begin_probe
    HalfOpen,
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unavailable => "unavailable",
            Self::InDoubt => "in doubt",
            Self::Refused => "refused",
        })
    }
}

impl fmt::Display for RestReason {
    /// `5 failures in a row, the last unavailable: connection refused`, on one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            kind,
            failures,
            detail,
        } = self;
        if *failures > 1 {
            write!(f, "{failures} failures in a row, the last ")?;
        }
        write!(f, "{kind}: {}", one_line(detail))
    }
}
