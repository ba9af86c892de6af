//! How frozen structs grow: fields that came later travel as named pieces of JSON.

use abi_stable::StableAbi;
use abi_stable::std_types::RString;

/// One later field: a key, its value as JSON, and whether whoever does not know the key must refuse.
///
/// Keys are lower-case words joined by dots, the first naming who defined them: `email.priority`, `acme.pool`.
#[repr(C)]
#[derive(Clone, PartialEq, Eq, StableAbi)]
pub struct Extension {
    pub(crate) key: RString,
    pub(crate) json: RString,
    pub(crate) required: bool,
}

impl Extension {
    /// A field that may be ignored by whoever does not know it.
    pub fn optional(key: impl Into<String>, value: &serde_json::Value) -> Self {
        Self::new(key.into(), value, false)
    }

    /// A field that must be obeyed: a plugin that does not know it answers `Unsupported` and does nothing.
    pub fn required(key: impl Into<String>, value: &serde_json::Value) -> Self {
        Self::new(key.into(), value, true)
    }

    fn new(key: String, value: &serde_json::Value, required: bool) -> Self {
        Self {
            key: key.into(),
            json: value.to_string().into(),
            required,
        }
    }

    /// The key.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The value, as JSON text.
    pub fn json(&self) -> &str {
        &self.json
    }

    /// Whether a reader that does not know the key must refuse.
    pub fn is_required(&self) -> bool {
        self.required
    }

    pub(crate) fn find<'a>(list: &'a [Self], key: &str) -> Option<&'a str> {
        list.iter()
            .find(|extension| extension.key() == key)
            .map(Self::json)
    }
}

impl std::fmt::Debug for Extension {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Extension")
            .field("key", &self.key())
            .field("required", &self.required)
            .finish_non_exhaustive()
    }
}
