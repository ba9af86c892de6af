//! A person's word about a doubt, in one transaction with the look that finds it still open.

use jiff::Timestamp;
use rusqlite::Connection;

use super::rows::get_time;
use super::timeline::{self, Note};
use super::{moves, read, settle};
use crate::delivery::{MessageState, Resolution, ResolveOutcome};
use crate::store::{MessageKey, StoreError};

pub(super) fn resolve(
    connection: &Connection,
    key: &MessageKey,
    word: &Resolution,
    at: Timestamp,
) -> Result<ResolveOutcome, StoreError> {
    let Some(message) = read::find(connection, key)? else {
        return Ok(ResolveOutcome::Unknown);
    };
    let state = moves::state(connection, message)?;
    if state != MessageState::InDoubt {
        return Ok(ResolveOutcome::NotInDoubt(state));
    }
    let (attempt, until) = newest_attempt(connection, message)?;
    if !word.sent && at < until {
        return Ok(ResolveOutcome::TooEarly { until });
    }
    settle::settle(connection, &word.settlement(message, attempt, at))?;
    let line = Note {
        message,
        key: format!("resolution of attempt {attempt}"),
        kind: "resolved",
        at,
        detail: word.line(),
    };
    timeline::note(connection, &line)?;
    Ok(ResolveOutcome::Resolved)
}

/// Its row, and when its call has surely ended.
fn newest_attempt(connection: &Connection, message: i64) -> Result<(i64, Timestamp), StoreError> {
    let newest = connection
        .prepare_cached(
            "SELECT seq, hard_deadline FROM attempts WHERE message = ?1 ORDER BY number DESC LIMIT 1",
        )?
        .query_row([message], |row| {
            Ok((row.get("seq")?, get_time(row, "hard_deadline")?))
        })?;
    Ok(newest)
}
