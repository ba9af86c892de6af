//! What a provider instance declares it can do, as pairs of a key and a number.

use std::collections::BTreeMap;

/// A thing a provider can do or a limit it has.
///
/// Limits count what the name says: messages, bytes, recipients. Abilities carry the version of the ability, 1 for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Capability {
    /// Messages in one `send_batch` at the most. Absent: 1.
    MaxBatch,
    /// Bytes of one `send_batch` as the service counts them (encoded).
    MaxBatchBytes,
    /// Bytes of one message as the service counts them (encoded, with attachments).
    MaxMessageBytes,
    /// Recipients of one message, To, Cc and Bcc together.
    MaxRecipients,
    /// Metadata comes back in webhooks: pairs at the most, the four CRM ids included.
    Metadata,
    /// Tags per message.
    Tags,
    /// Message streams.
    Streams,
    /// Provider-side templates.
    Templates,
    /// Sending at a later time, at the provider: seconds ahead at the most.
    SendAt,
    /// `find_sent` can find messages by tracking id.
    FindSent,
    /// `suppressions` can be listed and changed.
    Suppressions,
    /// Webhooks are understood by `parse_webhook`.
    Webhooks,
    /// Webhooks carry a signature that `parse_webhook` verifies.
    WebhookSignatures,
}

impl Capability {
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

    /// Adds an ability, version 1.
    pub fn with(self, capability: Capability) -> Self {
        self.with_limit(capability, 1)
    }

    /// Adds a limit, or an ability in a later version.
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
