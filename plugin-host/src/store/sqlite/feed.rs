//! Writing the feed: one line for everything the CRM wants to hear of, in the transaction that made it happen.

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{Connection, Row, params};
use serde::Serialize;

use super::SqliteStore;
use super::rows::{get_time, tracking_id};
use crate::events::{FeedBody, StatusSince};
use crate::store::{Feed, FeedEvent, StoreError};

pub(super) fn append(
    connection: &Connection,
    at: Timestamp,
    kind: &str,
    body: &impl Serialize,
) -> Result<(), StoreError> {
    connection
        .prepare_cached("INSERT INTO feed (at, kind, body) VALUES (?1, ?2, ?3)")?
        .execute(params![
            at.as_microsecond(),
            kind,
            serde_json::to_string(body)?
        ])?;
    Ok(())
}

/// What a message is called.
#[derive(Serialize)]
pub(super) struct Names {
    account: String,
    lead: Option<String>,
    pub(super) tracking_id: String,
}

/// A message moved.
#[derive(Serialize)]
pub(super) struct MessageNews {
    #[serde(flatten)]
    pub(super) names: Names,
    pub(super) state: String,
    pub(super) reason: Option<String>,
    pub(super) provider: Option<String>,
    pub(super) provider_message_id: Option<String>,
}

impl Names {
    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            account: row.get("account")?,
            lead: row.get("lead")?,
            tracking_id: tracking_id(row, "tracking_id")?.to_string(),
        })
    }
}

/// The line of the feed for a message that moved; what the message is called.
pub(super) fn tell_of_message(
    connection: &Connection,
    message: i64,
    kind: &str,
    at: Timestamp,
) -> Result<Names, StoreError> {
    let news = connection
        .prepare_cached(
            "SELECT tracking_id, account, lead, state, reason, provider, provider_message_id FROM messages WHERE seq = ?1",
        )?
        .query_row([message], |row| {
            Ok(MessageNews {
                names: Names::read(row)?,
                state: row.get("state")?,
                reason: row.get("reason")?,
                provider: row.get("provider")?,
                provider_message_id: row.get("provider_message_id")?,
            })
        })?;
    append(connection, at, kind, &news)?;
    Ok(news.names)
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
    append(connection, news.recorded_at, &kind, &body)
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
