//! Messages in doubt: what to ask for, what the answers add up to, and a person's word.

use std::collections::BTreeSet;

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{Connection, Row, named_params, params};

use super::rows::{get_time, optional_time, tracking_id};
use super::{SqliteStore, moves, read, resolve};
use crate::delivery::{MessageState, Resolution, ResolveOutcome};
use crate::store::{
    Asked, Doubt, DoubtQuery, DoubtStage, Doubts, Hit, LookupAnswer, MessageKey, StoreError,
};

#[async_trait]
impl Doubts for SqliteStore {
    async fn doubts(&self, query: DoubtQuery) -> Result<Vec<Doubt>, StoreError> {
        self.read(move |connection| {
            let mut found = ripe(connection, &query, OPEN, query.limit)?;
            found.extend(ripe(
                connection,
                &query,
                GIVEN_UP,
                query.limit - found.len(),
            )?);
            Ok(found)
        })
        .await
    }

    async fn of_others(
        &self,
        provider: String,
        hits: Vec<Hit>,
    ) -> Result<BTreeSet<i64>, StoreError> {
        if hits.is_empty() {
            return Ok(BTreeSet::new());
        }
        self.read(move |connection| {
            let mut of_others = BTreeSet::new();
            for hit in &hits {
                if is_of_another(connection, &provider, hit, &hits)? {
                    of_others.insert(hit.message);
                }
            }
            Ok(of_others)
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

fn is_of_another(
    connection: &Connection,
    provider: &str,
    hit: &Hit,
    hits: &[Hit],
) -> Result<bool, StoreError> {
    let id = &hit.provider_message_id;
    let mut others = hits.iter().filter(|one| one.message != hit.message);
    if others.any(|one| one.provider_message_id == *id) {
        return Ok(true);
    }
    let mut statement = connection.prepare_cached(
        "SELECT 1 FROM attempts WHERE provider = ?1 AND provider_message_id = ?2 AND message <> ?3",
    )?;
    Ok(statement.exists(params![provider, id, hit.message])?)
}

/// Doubts that still stand, those that are held among them.
const OPEN: &str = "outcome = 'in-doubt' AND state = 'in-doubt' AND number = messages.attempts
    AND (asked_at IS NULL OR asked_at <= iif(presumed_absent_at IS NULL, :asked_before, :held_asked_before))";

/// Attempts that were presumed absent, or about which a person or the route decided, while the message went on. (An attempt that was
/// never called is not asked about and so not among them.)
const GIVEN_UP: &str = "(outcome = 'in-doubt' OR outcome = 'nothing-left' AND asked > 0)
    AND (state <> 'in-doubt' OR number < messages.attempts)
    AND claimed_at > :given_up_after AND (asked_at IS NULL OR asked_at <= :held_asked_before)";

fn ripe(
    connection: &Connection,
    query: &DoubtQuery,
    condition: &str,
    limit: usize,
) -> Result<Vec<Doubt>, StoreError> {
    // Every value is named, so that both conditions take the same list.
    let mut statement = connection.prepare_cached(&format!(
        "WITH moments (asked_before, held_asked_before, given_up_after) AS (SELECT :asked_before, :held_asked_before, :given_up_after)
         SELECT attempts.*, attempts.seq AS attempt, messages.tracking_id, messages.route,
                state = 'in-doubt' AND number = messages.attempts AS stands,
                EXISTS (SELECT 1 FROM messages AS twin WHERE twin.tracking_id = messages.tracking_id AND twin.seq <> messages.seq) AS shared_id
         FROM moments, attempts JOIN messages ON messages.seq = attempts.message
         WHERE attempts.provider = :provider AND claimed_at <= :claimed_before AND {condition}
         ORDER BY asked_at, attempts.seq LIMIT :limit"
    ))?;
    let values = named_params! {
        ":provider": query.provider,
        ":claimed_before": query.claimed_before.as_microsecond(),
        ":asked_before": query.asked_before.as_microsecond(),
        ":held_asked_before": query.held_asked_before.as_microsecond(),
        ":given_up_after": query.given_up_after.as_microsecond(),
        ":limit": i64::try_from(limit).unwrap_or(i64::MAX),
    };
    let rows = statement.query_map(values, read_doubt)?;
    let mut doubts: Vec<Doubt> = rows.collect::<Result<_, _>>()?;
    for doubt in &mut doubts {
        doubt.to = addresses(connection, doubt.message)?;
    }
    Ok(doubts)
}

fn read_doubt(row: &Row<'_>) -> rusqlite::Result<Doubt> {
    let stands: bool = row.get("stands")?;
    let presumed_absent = optional_time(row, "presumed_absent_at")?.is_some();
    Ok(Doubt {
        message: row.get("message")?,
        attempt: row.get("attempt")?,
        number: row.get("number")?,
        tracking_id: tracking_id(row, "tracking_id")?,
        shared_id: row.get("shared_id")?,
        route: row.get("route")?,
        provider: row.get("provider")?,
        provider_account: row.get("provider_account")?,
        stream: row.get("stream")?,
        to: Vec::new(),
        claimed_at: get_time(row, "claimed_at")?,
        hard_deadline: get_time(row, "hard_deadline")?,
        absent_since: optional_time(row, "absent_since")?,
        stage: match (stands, presumed_absent) {
            (false, _) => DoubtStage::GivenUp,
            (true, true) => DoubtStage::Held,
            (true, false) => DoubtStage::Open,
        },
    })
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
