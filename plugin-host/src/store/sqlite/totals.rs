//! The ledger in numbers.

use super::SqliteStore;
use super::rows::parsed;
use crate::store::{Ledger, ProviderTotal, StateTotal, StoreError, Totals};
use async_trait::async_trait;

#[async_trait]
impl Ledger for SqliteStore {
    async fn totals(&self) -> Result<Totals, StoreError> {
        self.read(|connection| {
            let mut states = connection
                .prepare_cached("SELECT state, count(*) AS messages FROM messages GROUP BY state ORDER BY min(seq)")?;
            let states = states.query_map([], |row| {
                Ok(StateTotal {
                    state: parsed(row, "state", str::parse)?,
                    messages: row.get("messages")?,
                })
            })?;
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
}
