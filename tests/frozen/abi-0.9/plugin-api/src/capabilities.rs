//! What a provider instance declares it can do, as pairs of a key and a number.

use std::collections::BTreeMap;

/// A thing a provider can do or a limit it has.
///
/// A *limit* counts what its name says and is declared by [`Capabilities::with_limit`]; an *ability* is there or not, and is declared by
/// [`Capabilities::with`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Capability {
    /// Limit: messages in one `send_batch`. Absent: 1.
    MaxBatch,
    /// Limit: bytes of one `send_batch` as the service counts them (encoded).
    MaxBatchBytes,
    /// Limit: bytes of one message as the service counts them (encoded, with attachments).
    MaxMessageBytes,
    /// Limit: recipients of one message, To, Cc and Bcc together.
    MaxRecipients,
    /// Limit: pairs of metadata that come back in webhooks, the four ids included.
    Metadata,
    /// Limit: tags of one message.
    Tags,
    /// Ability: message streams.
    Streams,
    /// Ability: provider-side templates.
    Templates,
    /// Limit: seconds ahead that the service can schedule a message. No field of a message asks for it yet: hosts schedule by themselves.
    SendAt,
    /// Ability: `find_sent` can find messages by tracking id.
    FindSent,
    /// Ability: suppressions can be listed and changed.
    Suppressions,
    /// Ability: webhooks are understood by `parse_webhook`.
    Webhooks,
    /// Ability: webhooks carry a signature that `parse_webhook` verifies.
    WebhookSignatures,
}

impl Capability {
    /// Whether its number counts something.
    pub const fn is_limit(self) -> bool {
        matches!(
            self,
            Self::MaxBatch
                | Self::MaxBatchBytes
                | Self::MaxMessageBytes
                | Self::MaxRecipients
                | Self::Metadata
                | Self::Tags
                | Self::SendAt
        )
    }

    /// The key by which it crosses the boundary and is shown to people.
    pub const fn key(self) -> &'static str {
        match self {
            Self::MaxBatch => "max_batch",
            Self::MaxBatchBytes => "max_batch_bytes",
            Self::MaxMessageBytes => "max_message_bytes",
            Self::MaxRecipients => "recipients",
            Self::Metadata => "metadata",
            Self::Tags => "tags",
            Self::Streams => "streams",
            Self::Templates => "templates",
            Self::SendAt => "send_at",
            Self::FindSent => "find_sent",
            Self::Suppressions => "suppressions",
            Self::Webhooks => "webhooks",
            Self::WebhookSignatures => "webhook_signatures",
        }
    }
}

/// A provider instance's capabilities. Keys unknown to this version are kept and shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Capabilities(BTreeMap<String, u64>);

impl Capabilities {
    /// None at all.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an ability.
    ///
    /// # Panics
    /// In builds with debug assertions, for a limit: it would be a limit of 1.
    pub fn with(self, capability: Capability) -> Self {
        debug_assert!(
            !capability.is_limit(),
            "{} is a limit: declare it by `with_limit`",
            capability.key()
        );
        self.with_limit(capability, 1)
    }

    /// Adds a limit, or a later version of an ability.
    pub fn with_limit(self, capability: Capability, limit: u64) -> Self {
        self.with_key(capability.key(), limit)
    }

    /// Adds a capability that this version has no name for.
    pub fn with_key(mut self, key: impl Into<String>, value: u64) -> Self {
        self.0.insert(key.into(), value);
        self
    }

    /// Whether it is declared.
    pub fn has(&self, capability: Capability) -> bool {
        self.limit(capability).is_some()
    }

    /// The limit or version, when declared.
    pub fn limit(&self, capability: Capability) -> Option<u64> {
        self.0.get(capability.key()).copied()
    }

    /// Every key with its number, in alphabetical order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.0.iter().map(|(key, value)| (key.as_str(), *value))
    }
}
