//! Writing the feed: one line for everything the CRM wants to hear of, in the transaction that made it happen.

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde_json::{Value, json};

use super::SqliteStore;
use super::rows::{get_time, tracking_id};
use crate::events::{FeedBody, StatusSince};
use crate::store::{Feed, FeedEvent, StoreError};

pub(super) fn append(
    connection: &Connection,
    at: Timestamp,
    kind: &str,
    body: &Value,
) -> Result<(), StoreError> {
    connection
        .prepare_cached("INSERT INTO feed (at, kind, body) VALUES (?1, ?2, ?3)")?
        .execute(params![at.as_microsecond(), kind, body.to_string()])?;
    Ok(())
}

/// The line of the feed for a message that moved.
pub(super) fn tell_of_message(
    connection: &Connection,
    message: i64,
    kind: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    let body = connection
        .prepare_cached(
            "SELECT tracking_id, account, lead, state, reason, provider, provider_message_id FROM messages WHERE seq = ?1",
        )?
        .query_row([message], |row| {
            Ok(json!({
                "tracking_id": tracking_id(row, "tracking_id")?.to_string(),
                "account": row.get::<_, String>("account")?,
                "lead": row.get::<_, Option<String>>("lead")?,
                "state": row.get::<_, String>("state")?,
                "reason": row.get::<_, Option<String>>("reason")?,
                "provider": row.get::<_, Option<String>>("provider")?,
                "provider_message_id": row.get::<_, Option<String>>("provider_message_id")?,
            }))
        })?;
    append(connection, at, kind, &body)
}

/// A recipient came to a status.
pub(super) struct RecipientNews<'a> {
    pub(super) address: &'a str,
    pub(super) since: StatusSince,
    pub(super) reason: Option<&'a str>,
    pub(super) recorded_at: Timestamp,
}

/// The line for a recipient whose status changed.
pub(super) fn tell_of_recipient(
    connection: &Connection,
    message: i64,
    news: &RecipientNews<'_>,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT tracking_id, account, lead, provider, provider_message_id FROM messages WHERE seq = ?1",
    )?;
    let body = statement.query_row([message], |row| {
        Ok(FeedBody {
            account: row.get("account")?,
            tracking_id: Some(tracking_id(row, "tracking_id")?.to_string()),
            lead: row.get("lead")?,
            recipient: Some(news.address.to_owned()),
            occurred_at: Some(news.since.at),
            provider: row.get("provider")?,
            provider_message_id: row.get("provider_message_id")?,
            reason: news.reason.map(ToOwned::to_owned),
            flags: Vec::new(),
        })
    })?;
    let kind = format!("recipient.{}", news.since.status);
    append(
        connection,
        news.recorded_at,
        &kind,
        &serde_json::to_value(body)?,
    )
}

#[async_trait]
impl Feed for SqliteStore {
    async fn feed(&self, after: i64, limit: usize) -> Result<Vec<FeedEvent>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT seq, at, kind, body FROM feed WHERE seq > ?1 ORDER BY seq LIMIT ?2",
            )?;
            let rows = statement.query_map(params![after, limit], |row| {
                Ok(FeedEvent {
                    seq: row.get("seq")?,
                    at: get_time(row, "at")?,
                    kind: row.get("kind")?,
                    body: super::rows::json(row, "body")?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }
}
