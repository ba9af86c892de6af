//! The moves of messages and the fates of recipients, as they are written. `delivery::MessageState` says which moves are legal.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::feed::{self, RecipientNews};
use super::rows::parsed;
use crate::delivery::MessageState;
use crate::events::{RecipientStatus, StatusSince};
use crate::store::StoreError;

/// Moves a message to a final state for a reason of the host's own.
pub(super) fn finish(
    connection: &Connection,
    message: i64,
    end: MessageState,
    reason: &str,
    at: Timestamp,
) -> Result<bool, StoreError> {
    if !end.is_final() || !state(connection, message)?.may_become(end) {
        return Ok(false);
    }
    connection
        .prepare_cached(
            "UPDATE messages SET state = ?2, state_since = ?3, finalized_at = ?3, next_at = NULL, reason = ?4 WHERE seq = ?1",
        )?
        .execute(params![message, end.as_str(), at.as_microsecond(), reason])?;
    close_recipients(connection, message, end, reason, at)?;
    feed::tell_of_message(connection, message, &format!("message.{end}"), at)?;
    Ok(true)
}

/// Gives everybody of whom nothing is known yet the fate of a message that will not be sent.
pub(super) fn close_recipients(
    connection: &Connection,
    message: i64,
    end: MessageState,
    reason: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    let status = match end {
        MessageState::Rejected => "rejected",
        MessageState::Suppressed => "suppressed",
        _ => return Ok(()),
    };
    let mut statement = connection
        .prepare_cached("SELECT position FROM recipients WHERE message = ?1 AND status IS NULL")?;
    let open: Vec<u32> = statement
        .query_map([message], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for position in open {
        recipient(connection, message, position, status, Some(reason), at)?;
    }
    Ok(())
}

/// Leaves a waiting message waiting, until later.
pub(super) fn wait(
    connection: &Connection,
    message: i64,
    until: Timestamp,
    reason: &str,
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "UPDATE messages SET next_at = ?2, reason = ?3 WHERE seq = ?1 AND next_at IS NOT NULL",
        )?
        .execute(params![message, until.as_microsecond(), reason])?;
    Ok(())
}

/// What became of one recipient, unless events have said more already.
pub(super) fn recipient(
    connection: &Connection,
    message: i64,
    position: u32,
    status: &str,
    reason: Option<&str>,
    at: Timestamp,
) -> Result<(), StoreError> {
    let changed = connection
        .prepare_cached(
            "UPDATE recipients SET status = ?3, status_at = ?4, reason = ?5
             WHERE message = ?1 AND position = ?2 AND status IS NULL",
        )?
        .execute(params![
            message,
            position,
            status,
            at.as_microsecond(),
            reason
        ])?;
    if changed == 0 || status == "sent" {
        return Ok(());
    }
    let mut statement = connection.prepare_cached(
        "SELECT address, status FROM recipients WHERE message = ?1 AND position = ?2",
    )?;
    let (address, status): (String, RecipientStatus) = statement
        .query_row(params![message, position], |row| {
            Ok((row.get("address")?, parsed(row, "status", str::parse)?))
        })?;
    let news = RecipientNews {
        address: &address,
        since: StatusSince { status, at },
        reason,
        recorded_at: at,
    };
    feed::tell_of_recipient(connection, message, &news)
}

pub(super) fn state(connection: &Connection, message: i64) -> Result<MessageState, StoreError> {
    let state = connection
        .prepare_cached("SELECT state FROM messages WHERE seq = ?1")?
        .query_row([message], |row| parsed(row, "state", str::parse))
        .optional()?;
    state.ok_or_else(|| StoreError::Refused(format!("there is no message {message}")))
}
