//! Results and evidence: what an attempt's end means for the attempt, the message and its recipients, in one transaction.

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::feed::MessageNews;
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
        let settle_all = move |connection: &Connection| {
            let mut settlements = settlements.iter();
            settlements.try_for_each(|one| settle(connection, one))
        };
        let mut written = self.write_each(vec![settle_all]).await;
        written.pop().unwrap_or(Err(StoreError::Closed))
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
    let subject = Subject::of(connection, one.attempt)?;
    if one.outcome == Some(Outcome::Sent) && subject.has_open {
        mark_sent(connection, one)?;
    }
    let may_be_another = subject.attempts > 1 || !one.duplicates.is_empty();
    if one.outcome == Some(Outcome::Sent) && may_be_another {
        second_mails::count(connection, one)?;
    }
    move_message(connection, one, subject)
}

/// The message of an attempt, as it stands.
struct Subject {
    state: MessageState,
    attempts: u32,
    /// Whether the attempt is its newest.
    is_newest: bool,
    /// Whether it has recipients of whom nothing is known.
    has_open: bool,
    /// Whom the attempt asked.
    provider: String,
    provider_message_id: Option<String>,
    names: feed::Names,
}

impl Subject {
    fn of(connection: &Connection, attempt: i64) -> Result<Self, StoreError> {
        let mut statement = connection.prepare_cached(
            "SELECT state, messages.attempts, number = messages.attempts AS is_newest, attempts.provider,
                messages.provider_message_id, tracking_id, account, lead,
                EXISTS (SELECT 1 FROM recipients WHERE recipients.message = messages.seq AND status IS NULL) AS has_open
             FROM attempts JOIN messages ON messages.seq = message WHERE attempts.seq = ?1",
        )?;
        let found = statement.query_row([attempt], |row| {
            Ok(Self {
                state: parsed(row, "state", str::parse)?,
                attempts: row.get("attempts")?,
                is_newest: row.get("is_newest")?,
                has_open: row.get("has_open")?,
                provider: row.get("provider")?,
                provider_message_id: row.get("provider_message_id")?,
                names: feed::Names::read(row)?,
            })
        });
        Ok(found?)
    }
}

/// Moves the message where the settlement says, if it may.
///
/// The newest attempt speaks for the message. An older one, which was given up and followed by another, can only prove that the message
/// was sent after all.
fn move_message(
    connection: &Connection,
    one: &Settlement,
    subject: Subject,
) -> Result<(), StoreError> {
    let state = subject.state;
    let says_more = state == MessageState::InDoubt && state == one.state;
    let speaks = subject.is_newest || one.state == MessageState::Sent;
    if !speaks || !(says_more || state.may_become(one.state)) {
        return Ok(());
    }
    let at = one.at.as_microsecond();
    let provider_message_id = one.provider_message_id.clone();
    let provider_message_id = provider_message_id.or(subject.provider_message_id);
    connection
        .prepare_cached(
            "UPDATE messages SET state = ?2, state_since = iif(state = ?2, state_since, ?3), next_at = ?4, finalized_at = ?5,
                reason = ?6, provider_message_id = ?7, provider = ?8 WHERE seq = ?1",
        )?
        .execute(params![
            one.message,
            one.state.as_str(),
            at,
            one.next_at.map(Timestamp::as_microsecond),
            one.state.is_final().then_some(at),
            one.reason,
            provider_message_id,
            subject.provider,
        ])?;
    let reason = one.reason.as_deref().unwrap_or_default();
    moves::close_recipients(connection, one.message, one.state, reason, one.at)?;
    if one.state.is_final() || one.state == MessageState::InDoubt {
        let news = MessageNews {
            names: subject.names,
            state: one.state.as_str().to_owned(),
            reason: one.reason.clone(),
            provider: Some(subject.provider),
            provider_message_id,
        };
        feed::append(connection, one.at, &format!("message.{}", one.state), &news)?;
    }
    Ok(())
}

/// Whoever the attempt was for, and of whom nothing else is known, was sent it.
fn mark_sent(connection: &Connection, one: &Settlement) -> Result<(), StoreError> {
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
