//! Results and evidence: what an attempt's end means for the attempt, the message and its recipients, in one transaction.

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::rows::parsed;
use super::timeline::{self, Note};
use super::{SqliteStore, feed, moves, orphans, second_mails};
use crate::delivery::MessageState;
use crate::routing::Outcome;
use crate::store::{Interrupted, RecoveryPlan, Results, Settlement, StoreError};

#[async_trait]
impl Results for SqliteStore {
    fn epoch(&self) -> i64 {
        self.writing.as_ref().map_or(0, |writing| writing.epoch)
    }

    async fn settle(&self, settlements: Vec<Settlement>) -> Result<(), StoreError> {
        self.write(move |connection| {
            settlements
                .iter()
                .try_for_each(|one| settle(connection, one))
        })
        .await
    }

    async fn recover(&self, plan: RecoveryPlan) -> Result<usize, StoreError> {
        let epoch = self.epoch();
        self.write(move |connection| {
            let interrupted = interrupted(connection, epoch)?;
            for one in &interrupted {
                settle(connection, &plan(one))?;
            }
            Ok(interrupted.len())
        })
        .await
    }
}

fn interrupted(connection: &Connection, epoch: i64) -> Result<Vec<Interrupted>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT attempts.seq AS attempt, message, epoch, route FROM attempts JOIN messages ON messages.seq = message
         WHERE epoch < ?1 AND finished_at IS NULL AND state = 'sending' AND number = messages.attempts",
    )?;
    let rows = statement.query_map([epoch], |row| {
        Ok(Interrupted {
            message: row.get("message")?,
            attempt: row.get("attempt")?,
            epoch: row.get("epoch")?,
            route: row.get("route")?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn settle(connection: &Connection, one: &Settlement) -> Result<(), StoreError> {
    write_attempt(connection, one)?;
    if let Some(id) = &one.provider_message_id {
        orphans::adopt_by_provider_id(connection, one.message, one.attempt, id)?;
    }
    for change in &one.recipients {
        moves::recipient(
            connection,
            one.message,
            change.position,
            change.status,
            change.reason.as_deref(),
            one.at,
        )?;
    }
    if one.outcome == Some(Outcome::Sent) {
        mark_sent(connection, one)?;
    }
    if let Some(warning) = &one.warning {
        let line = Note {
            message: one.message,
            key: format!("warning of attempt {}", one.attempt),
            kind: "warning",
            at: one.at,
            detail: warning.clone(),
        };
        timeline::note(connection, &line)?;
    }
    if one.outcome == Some(Outcome::Sent) {
        second_mails::count(connection, one)?;
    }
    move_message(connection, one)
}

/// Moves the message where the settlement says, if it may.
///
/// The newest attempt speaks for the message. An older one, which was given up and followed by another, can only prove that the message
/// was sent after all.
fn move_message(connection: &Connection, one: &Settlement) -> Result<(), StoreError> {
    let (state, is_newest) = connection
        .prepare_cached(
            "SELECT state, number = messages.attempts AS is_newest FROM messages JOIN attempts ON message = messages.seq
             WHERE attempts.seq = ?1",
        )?
        .query_row([one.attempt], |row| {
            let state: MessageState = parsed(row, "state", str::parse)?;
            Ok((state, row.get::<_, bool>("is_newest")?))
        })?;
    let says_more = state == MessageState::InDoubt && state == one.state;
    let speaks = is_newest || one.state == MessageState::Sent;
    if !speaks || !(says_more || state.may_become(one.state)) {
        return Ok(());
    }
    let at = one.at.as_microsecond();
    connection
        .prepare_cached(
            "UPDATE messages SET state = ?2, state_since = iif(state = ?2, state_since, ?3), next_at = ?4, finalized_at = ?5,
                reason = ?6, provider_message_id = coalesce(?7, provider_message_id),
                provider = (SELECT provider FROM attempts WHERE seq = ?8)
             WHERE seq = ?1",
        )?
        .execute(params![
            one.message,
            one.state.as_str(),
            at,
            one.next_at.map(Timestamp::as_microsecond),
            one.state.is_final().then_some(at),
            one.reason,
            one.provider_message_id,
            one.attempt,
        ])?;
    let reason = one.reason.as_deref().unwrap_or_default();
    moves::close_recipients(connection, one.message, one.state, reason, one.at)?;
    if one.state.is_final() || one.state == MessageState::InDoubt {
        let kind = format!("message.{}", one.state);
        feed::tell_of_message(connection, one.message, &kind, one.at)?;
    }
    Ok(())
}

/// Whoever the attempt was for, and of whom nothing else is known, was sent it.
fn mark_sent(connection: &Connection, one: &Settlement) -> Result<(), StoreError> {
    let mut open = connection
        .prepare_cached("SELECT 1 FROM recipients WHERE message = ?1 AND status IS NULL")?;
    if !open.exists([one.message])? {
        return Ok(());
    }
    connection
        .prepare_cached(
            "UPDATE recipients SET status = 'sent', status_at = ?3 WHERE message = ?1 AND status IS NULL
               AND position NOT IN (SELECT value FROM json_each((SELECT masked FROM attempts WHERE seq = ?2)))",
        )?
        .execute(params![one.message, one.attempt, one.at.as_microsecond()])?;
    Ok(())
}

/// The attempt's outcome; a later word (evidence) replaces an earlier one, except that `sent` stays.
fn write_attempt(connection: &Connection, one: &Settlement) -> Result<(), StoreError> {
    let outcome = one.outcome.map_or("nothing-left", Outcome::as_str);
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
