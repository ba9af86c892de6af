//! A message stream.

/// A message stream.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StreamConfig {
    /// Its id, e.g. `outbound`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it carries.
    pub kind: StreamType,
    /// Who handles unsubscribing. Default: Postmark on broadcast streams, nobody elsewhere.
    pub unsubscribe: UnsubscribeHandling,
}

/// What a stream carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StreamType {
    /// One-to-one mail.
    Transactional,
    /// Mail to many.
    Broadcasts,
    /// Received mail; it cannot send.
    Inbound,
}

/// Who handles unsubscribing on a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnsubscribeHandling {
    /// Nobody; a placeholder in a body is still replaced and works.
    None,
    /// Postmark adds a link and List-Unsubscribe headers by itself.
    Postmark,
    /// The sender.
    Custom,
}

impl StreamConfig {
    /// A stream with the unsubscribe handling its kind has by default, named like its id.
    #[must_use]
    pub fn new(id: impl Into<String>, kind: StreamType) -> Self {
        let id = id.into();
        let unsubscribe = match kind {
            StreamType::Broadcasts => UnsubscribeHandling::Postmark,
            StreamType::Transactional | StreamType::Inbound => UnsubscribeHandling::None,
        };
        Self {
            name: id.clone(),
            id,
            kind,
            unsubscribe,
        }
    }

    /// Leaves unsubscribing to the sender.
    #[must_use]
    pub fn custom_unsubscribe(mut self) -> Self {
        self.unsubscribe = UnsubscribeHandling::Custom;
        self
    }
}
