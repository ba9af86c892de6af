//! What can go wrong with the store.

use std::path::PathBuf;

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
    /// The file is not a store, or damaged.
    #[error(
        "store {path}: {problem}; restore it from a backup, or name another file in `store.url`"
    )]
    Unusable {
        /// The store's file.
        path: PathBuf,
        /// What was found.
        problem: String,
    },
    /// No space, or no permission to write.
    #[error(
        "the store cannot be written: {0}; make room or permit writing, nothing accepted so far is lost"
    )]
    NotWritable(String),
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

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::{ErrorCode, ffi};
        let extended = error.sqlite_error().map(|error| error.extended_code);
        match error.sqlite_error_code() {
            // A disk that has become read-only, among others.
            _ if extended == Some(ffi::SQLITE_IOERR_WRITE) => Self::NotWritable(error.to_string()),
            Some(ErrorCode::DiskFull | ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
                Self::NotWritable(error.to_string())
            }
            Some(ErrorCode::ConstraintViolation) => Self::Refused(error.to_string()),
            _ => Self::Failed(error.to_string()),
        }
    }
}

impl From<serde_json::Error> for StoreError {
    fn from(error: serde_json::Error) -> Self {
        Self::Failed(format!("stored JSON cannot be read ({error})"))
    }
}
