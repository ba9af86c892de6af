//! The provider's own list of people it will not mail.

use jiff::Timestamp;

/// One entry of a provider's suppression list.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Suppression {
    /// The address, in the provider's spelling.
    pub address: String,
    /// Why it is on the list.
    pub reason: SuppressionReason,
    /// Who put it there.
    pub origin: SuppressionOrigin,
    /// Since when, when the provider says so.
    pub created_at: Option<Timestamp>,
}

impl Suppression {
    /// An entry whose date is not known.
    pub fn new(
        address: impl Into<String>,
        reason: SuppressionReason,
        origin: SuppressionOrigin,
    ) -> Self {
        Self {
            address: address.into(),
            reason,
            origin,
            created_at: None,
        }
    }
}

/// Why somebody is not to be mailed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SuppressionReason {
    /// They unsubscribed, or somebody did it for them.
    Unsubscribed,
    /// Their mailbox does not exist.
    HardBounce,
    /// They reported a mail as spam.
    Complaint,
    /// A reason this version has no word for.
    Other,
}

/// Who put somebody on a suppression list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SuppressionOrigin {
    /// The person.
    Recipient,
    /// The account's owner, by hand or by API.
    Customer,
    /// The service.
    Admin,
    /// Not said.
    Unknown,
}

impl SuppressionReason {
    pub(crate) fn code(self) -> u32 {
        match self {
            Self::Unsubscribed => 1,
            Self::HardBounce => 2,
            Self::Complaint => 3,
            Self::Other => 4,
        }
    }

    pub(crate) fn from_code(code: u32) -> Self {
        match code {
            1 => Self::Unsubscribed,
            2 => Self::HardBounce,
            3 => Self::Complaint,
            _ => Self::Other,
        }
    }
}

impl SuppressionOrigin {
    pub(crate) fn code(self) -> u32 {
        match self {
            Self::Unknown => 0,
            Self::Recipient => 1,
            Self::Customer => 2,
            Self::Admin => 3,
        }
    }

    pub(crate) fn from_code(code: u32) -> Self {
        match code {
            1 => Self::Recipient,
            2 => Self::Customer,
            3 => Self::Admin,
            _ => Self::Unknown,
        }
    }
}

/// One page of a suppression list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SuppressionPage {
    /// The entries of this page.
    pub entries: Vec<Suppression>,
    /// Where the next page begins; `None` after the last. Opaque.
    pub next: Option<String>,
}

impl SuppressionPage {
    /// A page, and where the next begins.
    pub fn new(entries: Vec<Suppression>, next: Option<String>) -> Self {
        Self { entries, next }
    }
}

/// What became of one address of an add or remove call; the same order as the addresses given.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SuppressionChange {
    /// Done, or it was so already.
    Done,
    /// Refused, with the provider's words.
    Refused(String),
    /// Not known, with the reason why: the provider did not answer for this address, or in a word this version does not know.
    Unknown(String),
}

/// A change to a suppression list.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SuppressionEdit {
    /// Who is to be put on the list, or taken off it.
    pub addresses: Vec<String>,
    /// The stream whose list it is; `None` for the provider's default.
    pub stream: Option<String>,
    /// When adding, why; when removing, only entries made for this reason, where the service tells them apart. `None`: not said, or whatever
    /// the reason was.
    pub reason: Option<SuppressionReason>,
}

impl SuppressionEdit {
    /// A change for these addresses, on the default stream, for no stated reason.
    pub fn new(addresses: Vec<String>) -> Self {
        Self {
            addresses,
            stream: None,
            reason: None,
        }
    }

    /// The same change on a stream's list.
    pub fn on_stream(mut self, stream: impl Into<String>) -> Self {
        self.stream = Some(stream.into());
        self
    }

    /// The same change for a reason.
    pub fn because(mut self, reason: SuppressionReason) -> Self {
        self.reason = Some(reason);
        self
    }
}

/// Which entries of a suppression list are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SuppressionQuery {
    /// The stream whose list it is; `None` for the provider's default.
    pub stream: Option<String>,
    /// Only entries made for this reason, where the service tells them apart.
    pub reason: Option<SuppressionReason>,
    /// Where an earlier page said the next begins; `None` for the first.
    pub cursor: Option<String>,
    /// Only entries made at this moment or later. A provider that cannot tell gives all.
    pub since: Option<Timestamp>,
}

impl SuppressionQuery {
    /// The first page of everything on a stream's list.
    pub fn new(stream: Option<String>) -> Self {
        Self {
            stream,
            ..Self::default()
        }
    }
}

debug_without_addresses!(Suppression { reason, origin, created_at } hides { address });
debug_without_addresses!(SuppressionEdit { stream, reason } hides { addresses });
