//! What can go wrong with the store.

use std::path::PathBuf;

use plugin_api::TrackingId;

/// Why the store could not do what it was asked.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another process serves this store.
    #[error(
        "store {path}: another process serves it; stop it, or give this one a store of its own"
    )]
    Locked {
        /// The store's file.
        path: PathBuf,
    },
    /// A newer version of this program has written it.
    #[error(
        "store {path}: written by a newer version (schema {found}, this program knows up to {known}); use that version or newer"
    )]
    Newer {
        /// The store's file.
        path: PathBuf,
        /// The schema found.
        found: i64,
        /// The newest schema this program knows.
        known: i64,
    },
    /// The file is not there, not a store, or damaged.
    #[error("store {path}: {problem}; {remedy}")]
    Unusable {
        /// The store's file.
        path: PathBuf,
        /// What was found.
        problem: String,
        /// What helps.
        remedy: &'static str,
    },
    /// No space, or no permission to write.
    #[error("the store cannot be written: {problem}; {remedy}; nothing accepted so far is lost")]
    NotWritable {
        /// What was found.
        problem: String,
        /// What helps.
        remedy: &'static str,
    },
    /// A program that is no host has the file to itself.
    #[error(
        "the store is busy: {0}; end the program that holds it (a backup, an SQLite shell) or wait for it"
    )]
    Busy(String),
    /// Several accounts have a message of this id, and none was named.
    #[error(
        "message {tracking_id} is there for several accounts: {}; name the one that is meant",
        quoted(.accounts)
    )]
    Ambiguous {
        /// The id.
        tracking_id: TrackingId,
        /// The accounts, oldest message first. The empty one is that of messages without an account.
        accounts: Vec<String>,
    },
    /// A row breaks a rule of the schema; the others of its batch are not affected.
    #[error("the store refused a row: {0}")]
    Refused(String),
    /// Anything else the database said.
    #[error("the store failed: {0}")]
    Failed(String),
    /// The store is being closed.
    #[error("the store is closed")]
    Closed,
}

fn quoted(accounts: &[String]) -> String {
    let quoted: Vec<String> = accounts.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

impl From<serde_json::Error> for StoreError {
    fn from(error: serde_json::Error) -> Self {
        Self::Failed(format!("stored JSON cannot be read ({error})"))
    }
}
