//! Attempts of which nobody knows how they ended, and lookups about them.

use jiff::Timestamp;
use plugin_api::TrackingId;

/// An attempt whose outcome is not known.
#[derive(Debug, Clone)]
pub(crate) struct Doubt {
    /// The message's row.
    pub message: i64,
    /// The attempt's row.
    pub attempt: i64,
    /// The attempt's number.
    pub number: u32,
    /// The message's id.
    pub tracking_id: TrackingId,
    /// Whether a message of another account has the same id, so that a search by it may find that one.
    pub shared_id: bool,
    /// Its route.
    pub route: String,
    /// Who was asked.
    pub provider: String,
    /// In which account at the service.
    pub provider_account: Option<String>,
    /// On which stream.
    pub stream: Option<String>,
    /// For whom.
    pub to: Vec<String>,
    /// When the attempt began.
    pub claimed_at: Timestamp,
    /// When it had surely ended.
    pub hard_deadline: Timestamp,
    /// The first lookup that counts towards presumed absence.
    pub absent_since: Option<Timestamp>,
    /// How far it has come.
    pub stage: DoubtStage,
}

/// How far a doubt has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DoubtStage {
    /// Evidence is looked for.
    Open,
    /// Presumed absent, and left for a person to decide.
    Held,
    /// The message has moved on without it, so a hit may be a second mail.
    GivenUp,
}

/// A mail that a search has found for a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hit {
    /// The message's row.
    pub message: i64,
    /// The mail's id.
    pub provider_message_id: String,
}

/// Which doubts are to be asked about.
#[derive(Debug, Clone)]
pub(crate) struct DoubtQuery {
    /// Attempts with this provider.
    pub provider: String,
    /// Claimed at or before.
    pub claimed_before: Timestamp,
    /// Not asked about since.
    pub asked_before: Timestamp,
    /// The same for those that are held for a person, or given up.
    pub held_asked_before: Timestamp,
    /// Those given up: claimed after.
    pub given_up_after: Timestamp,
    /// So many at the most.
    pub limit: usize,
}

/// A lookup that was made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    /// The attempt's row.
    pub attempt: i64,
    /// When.
    pub at: Timestamp,
    /// What it came to.
    pub answer: LookupAnswer,
}

/// What a lookup means for the attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LookupAnswer {
    /// Nothing towards absence.
    Nothing,
    /// One more like it, later, and the message is presumed absent.
    CountsAsAbsent,
    /// Presumed absent.
    PresumedAbsent,
}
