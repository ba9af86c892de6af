//! What a provider said when it accepted a message.

use jiff::Timestamp;

/// The provider's own id of a message, learned from its answer. Opaque text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ProviderMessageId(String);

impl ProviderMessageId {
    /// Wraps the provider's id.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The id as the provider spells it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for ProviderMessageId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The provider accepted the message (or found it again): the proof.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Receipt {
    /// The provider's id.
    pub id: ProviderMessageId,
    /// When the provider says it accepted; `None` when it does not say.
    pub accepted_at: Option<Timestamp>,
    /// Recipients with an outcome of their own. Those not listed were accepted.
    pub recipients: Vec<RecipientResult>,
    /// Further messages with the same tracking id that a search brought up: each is a second mail.
    pub duplicates: Vec<ProviderMessageId>,
    /// The provider's own words, when they say more than "OK".
    pub note: Option<String>,
}

impl Receipt {
    /// Accepted for everybody, time not said.
    pub fn new(id: ProviderMessageId) -> Self {
        Self {
            id,
            accepted_at: None,
            recipients: Vec::new(),
            duplicates: Vec::new(),
            note: None,
        }
    }
}

/// What became of one recipient of an accepted message.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecipientResult {
    /// The address, in the provider's spelling; compare ignoring letter case.
    pub address: String,
    /// What the provider did.
    pub outcome: RecipientOutcome,
    /// The provider's own words for it.
    pub detail: Option<String>,
    /// The provider's id, where each recipient's copy has one of its own.
    pub id: Option<ProviderMessageId>,
}

impl RecipientResult {
    /// One recipient's outcome.
    pub fn new(address: impl Into<String>, outcome: RecipientOutcome) -> Self {
        Self {
            address: address.into(),
            outcome,
            detail: None,
            id: None,
        }
    }

    /// The same outcome with the provider's id for this recipient's copy.
    pub fn with_id(mut self, id: ProviderMessageId) -> Self {
        self.id = Some(id);
        self
    }

    /// The same outcome with the provider's own words for it.
    pub fn with_detail(mut self, words: impl Into<String>) -> Self {
        self.detail = Some(words.into());
        self
    }
}

/// What the provider did about one recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecipientOutcome {
    /// Accepted.
    Accepted,
    /// On the provider's suppression list: will not be mailed.
    Suppressed,
    /// Refused for another reason.
    Rejected,
    /// Not accepted yet; the provider goes on trying.
    Deferred,
    /// A word this version does not know: nothing is known.
    Unknown,
}

debug_without_addresses!(RecipientResult { outcome, id } hides { address, detail });
debug_without_addresses!(Receipt { id, accepted_at, recipients, duplicates } hides { note });
