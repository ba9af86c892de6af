//! Asking a provider whether it has a message: the evidence that settles a doubt.

use jiff::Timestamp;

use crate::{Receipt, TrackingId};

/// What is known about an attempt whose outcome is not.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SentQuery {
    /// The message.
    pub tracking_id: TrackingId,
    /// The stream it went to; `None` for the provider's default.
    pub stream: Option<String>,
    /// The recipients of the attempt.
    pub to: Vec<String>,
    /// When the attempt began, by the host's clock.
    pub attempted_at: Timestamp,
    /// When the attempt's hard deadline passed or passes, by the host's clock: nothing was written after it.
    pub deadline_at: Timestamp,
}

impl SentQuery {
    /// A query for one attempt, default stream, recipients not said.
    pub fn new(tracking_id: TrackingId, attempted_at: Timestamp, deadline_at: Timestamp) -> Self {
        Self {
            tracking_id,
            stream: None,
            to: Vec::new(),
            attempted_at,
            deadline_at,
        }
    }
}

/// What a provider found.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Lookup {
    /// It has the message.
    Found(Receipt),
    /// It was asked and answered, and the message was not among what it knows so far. This alone never proves absence.
    Absent {
        /// Everything accepted before this moment would have been found; `None` when the provider cannot tell.
        indexed_through: Option<Timestamp>,
    },
    /// It could not be asked, or asking proves nothing. Never counts as absence.
    Unknown {
        /// Why, in one line for an operator.
        why: String,
    },
}

impl Lookup {
    /// Could not be asked, or asking proves nothing.
    pub fn unknown(why: impl Into<String>) -> Self {
        Self::Unknown { why: why.into() }
    }
}

/// What `check` found: the credentials work.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CheckReport {
    /// Tells this account at the service from every other, without being a secret. Stored with every attempt: a lookup in another
    /// account proves nothing.
    pub account: String,
    /// What an operator should know though it does not stop sending, one line each.
    pub warnings: Vec<String>,
}

impl CheckReport {
    /// Everything is in order, in this account.
    pub fn new(account: impl Into<String>) -> Self {
        Self {
            account: account.into(),
            warnings: Vec::new(),
        }
    }
}

debug_without_addresses!(SentQuery { tracking_id, stream, attempted_at, deadline_at } hides { to });
