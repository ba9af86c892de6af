//! Who rests, as it is kept for the next process.

use async_trait::async_trait;
use rusqlite::params;

use super::SqliteStore;
use super::rows::json;
use crate::routing::HealthRecord;
use crate::store::{Rests, StoreError};

#[async_trait]
impl Rests for SqliteStore {
    async fn rests(&self) -> Result<Vec<HealthRecord>, StoreError> {
        self.read(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT record FROM rests ORDER BY rowid")?;
            let records = statement.query_map([], |row| json(row, "record"))?;
            Ok(records.collect::<Result<_, _>>()?)
        })
        .await
    }

    async fn keep_rests(&self, rests: Vec<HealthRecord>) -> Result<(), StoreError> {
        self.write(move |connection| {
            connection
                .prepare_cached("DELETE FROM rests")?
                .execute([])?;
            let mut insert = connection.prepare_cached("INSERT INTO rests (record) VALUES (?1)")?;
            for rest in &rests {
                insert.execute(params![serde_json::to_string(rest)?])?;
            }
            Ok(())
        })
        .await
    }
}
