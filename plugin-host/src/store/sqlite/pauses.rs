//! Pauses as rows, and the messages that have waited for their end.

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::params;

use super::rows::{get_time, parsed};
use super::{SqliteStore, due};
use crate::store::{Pause, PauseSubject, Pauses, StoreError};

#[async_trait]
impl Pauses for SqliteStore {
    async fn pauses(&self) -> Result<Vec<Pause>, StoreError> {
        self.read(|connection| {
            let mut statement = connection
                .prepare_cached("SELECT subject, name, since, reason FROM pauses ORDER BY 1, 2")?;
            let rows = statement.query_map([], |row| {
                Ok(Pause {
                    subject: parsed(row, "subject", str::parse)?,
                    name: row.get("name")?,
                    since: get_time(row, "since")?,
                    reason: row.get("reason")?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    async fn pause(&self, pause: Pause) -> Result<(), StoreError> {
        self.write(move |connection| {
            let since = pause.since.as_microsecond();
            connection
                .prepare_cached("INSERT INTO pauses (subject, name, since, reason) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING")?
                .execute(params![pause.subject.to_string(), pause.name, since, pause.reason])?;
            Ok(())
        })
        .await
    }

    async fn resume(
        &self,
        subject: PauseSubject,
        name: String,
        routes: Vec<String>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.write(move |connection| {
            let ended = connection
                .prepare_cached("DELETE FROM pauses WHERE subject = ?1 AND name = ?2")?
                .execute(params![subject.to_string(), name])?;
            due::make_due(connection, &routes, now)?;
            Ok(ended > 0)
        })
        .await
    }
}
