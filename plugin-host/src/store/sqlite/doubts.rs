//! Messages in doubt: what to ask for, what the answers add up to, and a person's word.

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::rows::{get_time, optional_time, tracking_id};
use super::{SqliteStore, moves, read, resolve};
use crate::delivery::{MessageState, Resolution, ResolveOutcome};
use crate::store::{Asked, Doubt, DoubtQuery, Doubts, LookupAnswer, MessageKey, StoreError};

#[async_trait]
impl Doubts for SqliteStore {
    async fn doubts(&self, query: DoubtQuery) -> Result<Vec<Doubt>, StoreError> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT attempts.*, attempts.seq AS attempt, messages.tracking_id, messages.route
                 FROM attempts JOIN messages ON messages.seq = attempts.message
                 WHERE attempts.provider = ?1 AND outcome = 'in-doubt' AND state = 'in-doubt' AND number = messages.attempts
                   AND claimed_at <= ?2 AND (asked_at IS NULL OR asked_at <= iif(presumed_absent_at IS NULL, ?3, ?4))
                 ORDER BY attempts.seq LIMIT ?5",
            )?;
            let key = params![
                query.provider,
                query.claimed_before.as_microsecond(),
                query.asked_before.as_microsecond(),
                query.held_asked_before.as_microsecond(),
                i64::try_from(query.limit).unwrap_or(i64::MAX),
            ];
            let rows = statement.query_map(key, |row| {
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
                    held: optional_time(row, "presumed_absent_at")?.is_some(),
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

    async fn asked(&self, asked: Vec<Asked>) -> Result<(), StoreError> {
        self.write(move |connection| asked.iter().try_for_each(|one| note(connection, *one)))
            .await
    }

    async fn cancel(
        &self,
        key: MessageKey,
        at: Timestamp,
    ) -> Result<Option<(MessageState, bool)>, StoreError> {
        self.write(move |connection| {
            let Some(message) = read::find(connection, &key)? else {
                return Ok(None);
            };
            let cancelled = moves::finish(
                connection,
                message,
                MessageState::Cancelled,
                "called back",
                at,
            )?;
            Ok(Some((moves::state(connection, message)?, cancelled)))
        })
        .await
    }

    async fn resolve(
        &self,
        key: MessageKey,
        word: Resolution,
        at: Timestamp,
    ) -> Result<ResolveOutcome, StoreError> {
        self.write(move |connection| resolve::resolve(connection, &key, &word, at))
            .await
    }
}

fn note(connection: &Connection, asked: Asked) -> Result<(), StoreError> {
    let absent = asked.answer != LookupAnswer::Nothing;
    let presumed = asked.answer == LookupAnswer::PresumedAbsent;
    let at = asked.at.as_microsecond();
    connection
        .prepare_cached(
            "UPDATE attempts SET asked = asked + 1, asked_at = ?2, absent_since = coalesce(absent_since, ?3),
                presumed_absent_at = coalesce(presumed_absent_at, ?4) WHERE seq = ?1",
        )?
        .execute(params![asked.attempt, at, absent.then_some(at), presumed.then_some(at)])?;
    Ok(())
}

fn addresses(connection: &Connection, message: i64) -> Result<Vec<String>, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT address FROM recipients WHERE message = ?1 ORDER BY position")?;
    let rows = statement.query_map([message], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
