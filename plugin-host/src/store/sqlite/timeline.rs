//! What the host itself has to say about a message: lines of its timeline beside the services' events.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use crate::store::StoreError;

/// A line in the host's own name.
pub(super) struct Note {
    pub(super) message: i64,
    /// What makes it one: the same key again adds nothing.
    pub(super) key: String,
    /// `warning`, `waived` or `resolved`.
    pub(super) kind: &'static str,
    pub(super) at: Timestamp,
    pub(super) detail: String,
}

pub(super) fn note(connection: &Connection, line: &Note) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO events (message, provider, dedupe_key, kind, occurred_at, received_at, detail)
             VALUES (?1, 'host', ?2, ?3, ?4, ?4, ?5) ON CONFLICT DO NOTHING",
        )?
        .execute(params![
            line.message,
            line.key,
            line.kind,
            line.at.as_microsecond(),
            line.detail,
        ])?;
    Ok(())
}
