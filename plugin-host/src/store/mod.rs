//! What the engine keeps: one seam, behind which SQLite stands today.
//!
//! Everything that decides whether a mail leaves (gate, route, attempt) happens inside one of the store's transactions; the engine hands the
//! decision in as a function and assumes nothing of SQLite.

mod claims;
mod content;
mod doubts;
mod error;
mod figures;
mod filter;
mod inbound;
mod intake;
mod pauses;
mod results;
mod seam;
mod sqlite;
#[cfg(test)]
mod suite;
mod view;

use std::path::Path;
use std::sync::Arc;

pub(crate) use claims::{
    Claim, ClaimPass, ClaimPlan, Claimed, Due, DueRecipient, EarlierAttempt, NewAttempt, Planner,
};
pub(crate) use doubts::{Asked, Doubt, DoubtQuery, DoubtStage, Hit, LookupAnswer};
pub use error::StoreError;
pub use figures::{Backlog, Balance, Tally};
pub use filter::{MessageFilter, MessageKey, MessagePage};
pub(crate) use inbound::{Hearing, NewEvent, NewWebhook, WebhookContent};
pub(crate) use intake::{AcceptOutcome, NewMessage, Stopped};
pub use pauses::{Pause, PauseSubject, UnknownSubject};
pub(crate) use results::{Interrupted, RecipientChange, Settlement};
pub(crate) use seam::{
    Contacts, Doubts, Feed, Inbound, Intake, Ledger, MessageLog, Outbox, Pauses, RecoveryPlan,
    Rests, Results, Store,
};
pub use view::{
    AttemptView, FeedEvent, MessageSummary, MessageView, ProviderTotal, RecipientView, StateTotal,
    StoredDecision, TimelineEntry, Totals,
};

/// Opens or creates a store and holds it until it is dropped.
///
/// # Errors
/// [`StoreError::Locked`] when another process holds it; or it cannot be used.
pub(crate) fn open(path: &Path) -> Result<Arc<dyn Store>, StoreError> {
    Ok(Arc::new(sqlite::SqliteStore::open(path)?))
}

/// Opens an existing store for reading; another process may hold it.
///
/// # Errors
/// There is no such store, or it cannot be used.
pub(crate) fn open_read_only(path: &Path) -> Result<Arc<dyn Store>, StoreError> {
    Ok(Arc::new(sqlite::SqliteStore::open_read_only(path)?))
}
