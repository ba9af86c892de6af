//! Fault scripts: rules in a TOML file, tried from top to bottom.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use thiserror::Error;

use super::FaultRule;

/// A list of fault rules and the seed of their dice. For a request, every fitting latency adds up and the first other
/// rule that hits decides; resets that need not look into the message come before everything, since they happen before
/// the request is read.
///
/// ```toml
/// seed = 7
///
/// [[rule]]                                   # the third and fourth request to /email
/// fault = { kind = "throttled", retry_after_secs = 2 }
/// when = { path = "/email" }
/// skip = 2
/// times = 2
///
/// [[rule]]                                   # one message in fifty is accepted, but nobody is told
/// fault = { kind = "server-error", accepted = true }
/// rate = 0.02
///
/// [[rule]]
/// fault = { kind = "hang", accepted = true }
/// when = { to = "slow@example.com" }
/// ```
///
/// `examples/faults.toml` of this crate shows every kind.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct FaultScript {
    /// Seed for `rate`; the simulator's seed without one.
    pub seed: Option<u64>,
    /// The rules, first one first.
    #[serde(default, rename = "rule")]
    pub rules: Vec<FaultRule>,
}

/// Why a fault script was not taken.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ScriptError {
    /// The file could not be read.
    #[error("fault script `{}` could not be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Not TOML of this form; the text names line and key.
    #[error("fault script{}: {source}", named(path.as_deref()))]
    Malformed {
        /// The file, if it came from one.
        path: Option<PathBuf>,
        /// Line, key and what was expected there.
        source: Box<toml::de::Error>,
    },
    /// A number outside its range.
    #[error("fault script{}: rule[{rule}]: {what}", named(path.as_deref()))]
    OutOfRange {
        /// The file, if it came from one.
        path: Option<PathBuf>,
        /// Index of the rule, from 0.
        rule: usize,
        /// Which key, its range, what was found.
        what: String,
    },
}

impl FaultScript {
    /// Reads a script from a file.
    ///
    /// # Errors
    /// When the file cannot be read, is not TOML of the documented form (unknown keys included), or a number is out of range.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, ScriptError> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path).map_err(|source| ScriptError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        parse(&text, Some(path))
    }

    /// Reads a script from text.
    ///
    /// # Errors
    /// As [`FaultScript::load`], without a file to name.
    pub fn from_toml(text: &str) -> Result<Self, ScriptError> {
        parse(text, None)
    }
}

impl From<Vec<FaultRule>> for FaultScript {
    fn from(rules: Vec<FaultRule>) -> Self {
        Self { seed: None, rules }
    }
}

fn parse(text: &str, path: Option<&Path>) -> Result<FaultScript, ScriptError> {
    let path = path.map(Path::to_owned);
    let script: FaultScript = match toml::from_str(text) {
        Ok(script) => script,
        Err(source) => {
            return Err(ScriptError::Malformed {
                path,
                source: Box::new(source),
            });
        }
    };
    let wrong = script
        .rules
        .iter()
        .enumerate()
        .find_map(|(rule, it)| Some((rule, it.fault_in_numbers()?)));
    match wrong {
        Some((rule, what)) => Err(ScriptError::OutOfRange { path, rule, what }),
        None => Ok(script),
    }
}

fn named(path: Option<&Path>) -> String {
    path.map_or_else(String::new, |path| format!(" `{}`", path.display()))
}
