//! Messages in doubt: what to ask for, what the answers add up to, and a person's word.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::rows::{get_time, optional_time, tracking_id};
use super::{SqliteStore, read, settle};
use crate::delivery::MessageState;
use crate::store::{Doubt, MessageKey, StoreError};

impl SqliteStore {
    /// Attempts in doubt that were not asked about since `asked_before`, oldest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn doubts(
        &self,
        asked_before: Timestamp,
        limit: usize,
    ) -> Result<Vec<Doubt>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT attempts.*, attempts.seq AS attempt, messages.tracking_id, messages.route
                 FROM attempts JOIN messages ON messages.seq = attempts.message
                 WHERE attempts.outcome = 'in-doubt' AND messages.state = 'in-doubt' AND attempts.number = messages.attempts
                   AND (asked_at IS NULL OR asked_at <= ?1)
                 ORDER BY attempts.seq LIMIT ?2",
            )?;
            let rows = statement.query_map(params![asked_before.as_microsecond(), limit], |row| {
                Ok(Doubt {
                    message: row.get("message")?,
                    attempt: row.get("attempt")?,
                    number: row.get("number")?,
                    tracking_id: tracking_id(row, "tracking_id")?,
                    route: row.get("route")?,
                    provider: row.get("provider")?,
                    provider_account: row.get("provider_account")?,
                    stream: row.get("stream")?,
                    to: Vec::new(),
                    claimed_at: get_time(row, "claimed_at")?,
                    hard_deadline: get_time(row, "hard_deadline")?,
                    absent_since: optional_time(row, "absent_since")?,
                })
            })?;
            let mut doubts: Vec<Doubt> = rows.collect::<Result<_, _>>()?;
            for doubt in &mut doubts {
                doubt.to = addresses(connection, doubt.message)?;
            }
            Ok(doubts)
        })
        .await
    }

    /// Notes that an attempt was asked about; `absent_since` is set by the first answer that counts towards presumed absence.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn asked(
        &self,
        attempt: i64,
        at: Timestamp,
        counts_as_absent: bool,
    ) -> Result<(), StoreError> {
        self.write(move |connection| {
            connection
                .prepare_cached(
                    "UPDATE attempts SET asked = asked + 1, asked_at = ?2,
                        absent_since = CASE WHEN ?3 THEN coalesce(absent_since, ?2) ELSE absent_since END
                     WHERE seq = ?1",
                )?
                .execute(params![attempt, at.as_microsecond(), counts_as_absent])?;
            Ok(())
        })
        .await
    }

    /// Calls a message back. `None`: there is no such message; otherwise its state, and whether it was called back by this.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn cancel(
        &self,
        key: MessageKey,
        at: Timestamp,
    ) -> Result<Option<(MessageState, bool)>, StoreError> {
        self.write(move |connection| {
            let Some(message) = read::find(connection, &key)? else {
                return Ok(None);
            };
            let cancelled = settle::finish(
                connection,
                message,
                MessageState::Cancelled,
                "called back",
                at,
            )?;
            Ok(Some((settle::state(connection, message)?, cancelled)))
        })
        .await
    }

    /// The newest attempt of a message in doubt; `None` when there is no such message or it is not in doubt.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn doubt_about(
        &self,
        key: MessageKey,
    ) -> Result<Option<(i64, i64)>, StoreError> {
        self.read(move |connection| {
            let Some(message) = read::find(connection, &key)? else {
                return Ok(None);
            };
            if settle::state(connection, message)? != MessageState::InDoubt {
                return Ok(None);
            }
            let attempt = connection
                .prepare_cached("SELECT max(seq) FROM attempts WHERE message = ?1")?
                .query_row([message], |row| row.get(0))?;
            Ok(Some((message, attempt)))
        })
        .await
    }
}

fn addresses(connection: &Connection, message: i64) -> Result<Vec<String>, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT address FROM recipients WHERE message = ?1 ORDER BY position")?;
    let rows = statement.query_map([message], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
