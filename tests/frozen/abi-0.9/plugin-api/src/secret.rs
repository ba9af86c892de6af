//! A value that must never be printed: tokens, passwords, keys.

use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;

/// A secret setting. `Debug` and `Display` print `***`; only [`Secret::expose`] gives the value away.
///
/// A settings schema marks it `writeOnly`: hosts take such values out of everything a plugin says.
///
/// An empty secret deserialises (settings are checked by the plugin's `create`, which can say what to do); see
/// [`Secret::is_empty`].
#[derive(Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(extend("writeOnly" = true))]
pub struct Secret(String);

impl Secret {
    /// Wraps a value.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value itself, for the one place that must send it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether nothing was given: no characters, or only white space.
    pub fn is_empty(&self) -> bool {
        self.0.trim().is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}
