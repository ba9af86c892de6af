//! Results and evidence: what an attempt's end means for the attempt, the message and its recipients, in one transaction.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::feed::{self, RecipientNews};
use super::rows::parsed;
use super::{SqliteStore, accept, orphans};
use crate::delivery::MessageState;
use crate::events::{RecipientStatus, StatusSince};
use crate::routing::Outcome;
use crate::store::{Settlement, StoreError};

impl SqliteStore {
    /// Records what is known about attempts; durable when it returns.
    ///
    /// # Errors
    /// When the store fails; then nothing was recorded.
    pub(crate) async fn settle(&self, settlements: Vec<Settlement>) -> Result<(), StoreError> {
        self.write(move |connection| {
            settlements
                .iter()
                .try_for_each(|one| settle(connection, one))
        })
        .await
    }

    /// Puts every message that an earlier run left in the middle of a call in doubt; how many there were.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn recover(&self, now: Timestamp) -> Result<usize, StoreError> {
        let epoch = self.epoch();
        self.write(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT attempts.seq AS attempt, message FROM attempts JOIN messages ON messages.seq = message
                 WHERE epoch < ?1 AND finished_at IS NULL AND state = 'sending'",
            )?;
            let open: Vec<(i64, i64)> = statement
                .query_map([epoch], |row| Ok((row.get("attempt")?, row.get("message")?)))?
                .collect::<Result<_, _>>()?;
            for (attempt, message) in &open {
                settle(connection, &interrupted(*attempt, *message, now))?;
            }
            Ok(open.len())
        })
        .await
    }
}

fn interrupted(attempt: i64, message: i64, at: Timestamp) -> Settlement {
    let reason = "the host stopped in the middle of the call";
    Settlement {
        outcome: Some(Outcome::InDoubt),
        next: "wait for evidence".to_owned(),
        reason: Some(reason.to_owned()),
        detail: Some(reason.to_owned()),
        ..Settlement::about(message, attempt, at)
    }
}

pub(super) fn settle(connection: &Connection, one: &Settlement) -> Result<(), StoreError> {
    let doubled = one.doubled + second_mail(connection, one)?;
    write_attempt(connection, one)?;
    if let Some(id) = &one.provider_message_id {
        orphans::adopt_by_provider_id(connection, one.message, one.attempt, id)?;
    }
    for change in &one.recipients {
        recipient(
            connection,
            one.message,
            change.position,
            change.status,
            change.reason.as_deref(),
            one.at,
        )?;
    }
    if doubled > 0 {
        connection
            .prepare_cached("UPDATE messages SET doubled = doubled + ?2 WHERE seq = ?1")?
            .execute(params![one.message, doubled])?;
        accept::announce(connection, one.message, "message.doubled", one.at)?;
    }
    if !state(connection, one.message)?.may_become(one.state) {
        return Ok(());
    }
    let at = one.at.as_microsecond();
    connection
        .prepare_cached(
            "UPDATE messages SET state = ?2, state_since = ?3, next_at = ?4, finalized_at = ?5, reason = ?6,
                provider_message_id = coalesce(?7, provider_message_id) WHERE seq = ?1",
        )?
        .execute(params![
            one.message,
            one.state.as_str(),
            at,
            one.next_at.map(Timestamp::as_microsecond),
            one.state.is_final().then_some(at),
            one.reason,
            one.provider_message_id,
        ])?;
    if one.state.is_final() || one.state == MessageState::InDoubt {
        accept::announce(
            connection,
            one.message,
            &format!("message.{}", one.state),
            one.at,
        )?;
    }
    Ok(())
}

/// 1 when this attempt turns out to have been accepted although another one was as well.
fn second_mail(connection: &Connection, one: &Settlement) -> Result<u32, StoreError> {
    if one.outcome != Some(Outcome::Sent) {
        return Ok(0);
    }
    let news = connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM attempts WHERE message = ?1 AND seq <> ?2 AND outcome = 'sent')
                AND EXISTS (SELECT 1 FROM attempts WHERE seq = ?2 AND outcome IS NOT 'sent')",
        )?
        .query_row(params![one.message, one.attempt], |row| row.get::<_, bool>(0))?;
    Ok(u32::from(news))
}

/// The attempt's outcome; a later word (evidence) replaces an earlier one, except that `sent` stays.
fn write_attempt(connection: &Connection, one: &Settlement) -> Result<(), StoreError> {
    let outcome = one.outcome.map_or_else(
        || "nothing-left".to_owned(),
        |outcome| {
            serde_json::to_value(outcome).map_or_else(
                |_| String::new(),
                |word| word.as_str().unwrap_or_default().to_owned(),
            )
        },
    );
    connection
        .prepare_cached(
            "UPDATE attempts SET finished_at = coalesce(finished_at, ?2), outcome = ?3, provider_code = coalesce(?4, provider_code),
                detail = coalesce(?5, detail), provider_message_id = coalesce(?6, provider_message_id), next = ?7, next_at = ?8
             WHERE seq = ?1 AND (outcome IS NULL OR outcome <> 'sent')",
        )?
        .execute(params![
            one.attempt,
            one.at.as_microsecond(),
            outcome,
            one.provider_code,
            one.detail,
            one.provider_message_id,
            one.next,
            one.again_at.map(Timestamp::as_microsecond),
        ])?;
    Ok(())
}

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
    accept::announce(connection, message, &format!("message.{end}"), at)?;
    Ok(true)
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
