//! What the engine keeps: one seam, behind which SQLite stands today.
//!
//! Everything that decides whether a mail leaves (gate, route, attempt) happens inside one of the store's transactions; the engine hands the
//! decision in as a function and assumes nothing of SQLite.

mod content;
mod error;
mod filter;
mod records;
mod sqlite;
mod view;

pub use error::StoreError;
pub use filter::{MessageFilter, MessageKey, MessagePage};
pub(crate) use records::{
    AcceptOutcome, Asked, Claim, ClaimPass, ClaimPlan, Claimed, Doubt, DoubtQuery, Due,
    DueRecipient, EarlierAttempt, Interrupted, LookupAnswer, NewAttempt, NewMessage, Planner,
    RecipientChange, Settlement, Stopped,
};
pub use sqlite::SqliteStore;
pub(crate) use sqlite::{Hearing, NewEvent, NewWebhook, WebhookContent};
pub use view::{
    AttemptView, FeedEvent, MessageSummary, MessageView, ProviderTotal, RecipientView, StateTotal,
    StoredDecision, TimelineEntry, Totals,
};
