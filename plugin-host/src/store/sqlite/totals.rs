//! The ledger in numbers.

use async_trait::async_trait;
use rusqlite::Row;

use super::rows::parsed;
use super::{SqliteStore, balance};
use crate::store::{
    Backlog, Balance, Ledger, ProviderTotal, StateTotal, StoreError, Tally, Totals,
};

#[async_trait]
impl Ledger for SqliteStore {
    async fn totals(&self) -> Result<Totals, StoreError> {
        self.read(|connection| {
            let mut states = connection
                .prepare_cached("SELECT state, count(*) AS messages FROM messages GROUP BY state ORDER BY min(seq)")?;
            let states = states.query_map([], state_total)?;
            let mut providers = connection.prepare_cached(
                "SELECT route, attempts.provider AS provider, count(*) FILTER (WHERE number = 1) AS first_choice,
                        count(*) FILTER (WHERE outcome = 'sent') AS sent
                 FROM attempts JOIN messages ON messages.seq = message GROUP BY route, attempts.provider ORDER BY 1, 2",
            )?;
            let providers = providers.query_map([], |row| {
                Ok(ProviderTotal {
                    route: row.get("route")?,
                    provider: row.get("provider")?,
                    first_choice: row.get("first_choice")?,
                    sent: row.get("sent")?,
                })
            })?;
            let count = |sql: &str| connection.query_row(sql, [], |row| row.get(0));
            Ok(Totals {
                states: states.collect::<Result<_, _>>()?,
                providers: providers.collect::<Result<_, _>>()?,
                doubled: count("SELECT coalesce(sum(doubled), 0) FROM messages")?,
                flagged: count(
                    "SELECT count(*) FROM (SELECT DISTINCT subject, subject_key, scope FROM do_not_contact WHERE suppress = 1)",
                )?,
            })
        })
        .await
    }

    async fn backlog(&self) -> Result<Backlog, StoreError> {
        self.read(|connection| {
            // Both halves have a partial index: what is final is not looked at.
            let mut states = connection.prepare_cached(
                "SELECT state, count(*) AS messages FROM messages WHERE next_at IS NOT NULL GROUP BY state
                 UNION ALL
                 SELECT state, count(*) FROM messages WHERE state IN ('sending', 'in-doubt') GROUP BY state",
            )?;
            let states = states.query_map([], state_total)?;
            let held = connection
                .prepare_cached(
                    "SELECT count(*) FROM messages JOIN attempts ON message = messages.seq AND number = messages.attempts
                     WHERE state = 'in-doubt' AND presumed_absent_at IS NOT NULL",
                )?
                .query_row([], |row| row.get(0))?;
            Ok(Backlog {
                states: states.collect::<Result<_, _>>()?,
                held,
            })
        })
        .await
    }

    async fn tally(&self, after: i64) -> Result<Tally, StoreError> {
        self.read(move |connection| {
            let accepted = connection
                .prepare_cached("SELECT coalesce(max(seq), 0) FROM messages")?
                .query_row([], |row| row.get(0))?;
            let mut tally = Tally {
                accepted,
                through: after,
                ..Tally::default()
            };
            let mut statement = connection.prepare_cached(
                "SELECT kind, count(*) AS lines, max(seq) AS last FROM feed WHERE seq > ?1 GROUP BY kind",
            )?;
            let mut rows = statement.query([after])?;
            while let Some(row) = rows.next()? {
                tally.through = tally.through.max(row.get("last")?);
                tally.kinds.insert(row.get("kind")?, row.get("lines")?);
            }
            Ok(tally)
        })
        .await
    }

    async fn balance(&self) -> Result<Balance, StoreError> {
        self.read(balance::balance).await
    }
}

fn state_total(row: &Row<'_>) -> rusqlite::Result<StateTotal> {
    Ok(StateTotal {
        state: parsed(row, "state", str::parse)?,
        messages: row.get("messages")?,
    })
}
