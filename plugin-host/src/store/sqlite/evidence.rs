//! A provider's event as evidence: it speaks of a message, so it had accepted it, whatever the call seemed to say.

use rusqlite::{Connection, OptionalExtension, params};

use super::rows::parsed;
use super::settle;
use crate::delivery::MessageState;
use crate::events::{proves_acceptance, word_of};
use crate::routing::Outcome;
use crate::store::{NewEvent, Settlement, StoreError};

/// The newest call to the provider whose outcome was not plainly `sent`.
struct Unproved {
    attempt: i64,
    is_latest: bool,
    outcome: Option<String>,
    state: MessageState,
}

/// Settles what an event proves: a doubt, a call whose answer is still out, a retry that must not happen, or a second mail.
pub(super) fn weigh(
    connection: &Connection,
    message: i64,
    event: &NewEvent,
) -> Result<(), StoreError> {
    if !proves_acceptance(event.kind) || is_known(connection, message, event)? {
        return Ok(());
    }
    match unproved(connection, message, &event.provider)? {
        Some(unproved) if unproved.is_proved_by(event) => {
            prove(connection, message, &unproved, event)
        }
        _ => Ok(()),
    }
}

impl Unproved {
    /// Whether the event must be about this call. Once the message was accepted elsewhere, only a call that was given up
    /// without an answer can be meant, and it is a second mail that came to light.
    fn is_proved_by(&self, event: &NewEvent) -> bool {
        let given_up = matches!(self.outcome.as_deref(), Some("in-doubt" | "nothing-left"));
        match self.state {
            MessageState::Sending => self.is_latest,
            MessageState::InDoubt | MessageState::RetryWait => true,
            MessageState::Sent => given_up && event.provider_message_id.is_some(),
            _ => false,
        }
    }
}

/// Whether the event is about an acceptance that is on record.
fn is_known(connection: &Connection, message: i64, event: &NewEvent) -> Result<bool, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT 1 FROM attempts WHERE message = ?1 AND provider = ?2 AND outcome = 'sent' AND provider_message_id = ?3",
    )?;
    Ok(statement.exists(params![message, event.provider, event.provider_message_id])?)
}

fn unproved(
    connection: &Connection,
    message: i64,
    provider: &str,
) -> Result<Option<Unproved>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT attempts.seq AS attempt, number = messages.attempts AS is_latest, outcome, state
         FROM attempts JOIN messages ON messages.seq = message
         WHERE message = ?1 AND attempts.provider = ?2 AND outcome IS NOT 'sent' ORDER BY number DESC LIMIT 1",
    )?;
    let found = statement.query_row(params![message, provider], |row| {
        Ok(Unproved {
            attempt: row.get("attempt")?,
            is_latest: row.get("is_latest")?,
            outcome: row.get("outcome")?,
            state: parsed(row, "state", str::parse)?,
        })
    });
    Ok(found.optional()?)
}

fn prove(
    connection: &Connection,
    message: i64,
    unproved: &Unproved,
    event: &NewEvent,
) -> Result<(), StoreError> {
    let word = word_of(event.kind);
    let settlement = Settlement {
        outcome: Some(Outcome::Sent),
        state: MessageState::Sent,
        next: "nothing: the provider's event proves it".to_owned(),
        provider_message_id: event.provider_message_id.clone(),
        detail: Some(format!("proved by the provider's event `{word}`")),
        ..Settlement::about(message, unproved.attempt, event.received_at)
    };
    settle::settle(connection, &settlement)
}
