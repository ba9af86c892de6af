//! Our own id of a message, made before it is sent.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

/// The id that names a message from the moment it is accepted, on every attempt, with every provider.
///
/// It travels as metadata and comes back in webhooks and searches: it is how a message is found again. Prints as a lower-case
/// UUID with hyphens; reads any common spelling of a GUID (upper case, braces, without hyphens).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TrackingId(Uuid);

/// The text is not a GUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a UUID such as `0b9d3f2e-6a0e-4b52-8a53-5d0c1b9f7e21`")]
pub struct TrackingIdError;

impl TrackingId {
    /// From the sixteen bytes of a UUID, most significant first.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }

    /// The sixteen bytes of the UUID, most significant first.
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0.into_bytes()
    }
}

impl From<Uuid> for TrackingId {
    fn from(id: Uuid) -> Self {
        Self(id)
    }
}

impl From<TrackingId> for Uuid {
    fn from(id: TrackingId) -> Self {
        id.0
    }
}

impl FromStr for TrackingId {
    type Err = TrackingIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::try_parse(text.trim())
            .map(Self)
            .map_err(|_| TrackingIdError)
    }
}

impl fmt::Display for TrackingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_hyphenated().fmt(f)
    }
}

impl fmt::Debug for TrackingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
