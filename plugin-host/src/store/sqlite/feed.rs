//! Writing the feed: one line for everything the CRM wants to hear of, in the transaction that made it happen.

use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde_json::Value;

use super::SqliteStore;
use super::rows::get_time;
use crate::store::{FeedEvent, StoreError};

pub(super) fn append(
    connection: &Connection,
    at: Timestamp,
    kind: &str,
    body: &Value,
) -> Result<(), StoreError> {
    connection
        .prepare_cached("INSERT INTO feed (at, kind, body) VALUES (?1, ?2, ?3)")?
        .execute(params![at.as_microsecond(), kind, body.to_string()])?;
    Ok(())
}

impl SqliteStore {
    /// The lines after a sequence number, oldest first; at most `limit`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn feed(&self, after: i64, limit: usize) -> Result<Vec<FeedEvent>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT seq, at, kind, body FROM feed WHERE seq > ?1 ORDER BY seq LIMIT ?2",
            )?;
            let rows = statement.query_map(params![after, limit], |row| {
                Ok(FeedEvent {
                    seq: row.get("seq")?,
                    at: get_time(row, "at")?,
                    kind: row.get("kind")?,
                    body: super::rows::json(row, "body")?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }
}
