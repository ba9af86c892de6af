//! A webhook as it is written: the raw request, its events and its notices in one transaction.

use async_trait::async_trait;
use rusqlite::{Connection, params};

use super::events;
use super::notices::{self, Placed};
use super::{SqliteStore, evidence, flags};
use crate::compliance::UnsubscribeAnswer;
use crate::kill_point::KillPoint;
use crate::plugins::ContentHash;
use crate::store::{Inbound, NewWebhook, StoreError, WebhookContent};

#[async_trait]
impl Inbound for SqliteStore {
    async fn record_webhook(&self, webhook: NewWebhook) -> Result<(), StoreError> {
        self.write(move |connection| record(connection, &webhook).map(|_| ()))
            .await
    }

    async fn record_unsubscribe(
        &self,
        webhook: NewWebhook,
    ) -> Result<UnsubscribeAnswer, StoreError> {
        self.write(move |connection| {
            let placed = record(connection, &webhook)?;
            let contacts: Vec<_> = placed.iter().flat_map(Placed::contacts).cloned().collect();
            Ok(UnsubscribeAnswer {
                found: !placed.is_empty()
                    && placed
                        .iter()
                        .all(|one| !matches!(one, Placed::Waits(_) | Placed::Nobody)),
                calls_in_flight: flags::calls_in_flight(
                    connection,
                    &contacts,
                    webhook.hearing.heard_at,
                )?,
            })
        })
        .await
    }
}

fn record(connection: &Connection, webhook: &NewWebhook) -> Result<Vec<Placed>, StoreError> {
    let (events, notices) = match &webhook.content {
        WebhookContent::Read { events, notices } => (events.as_slice(), notices.as_slice()),
        WebhookContent::Unread(_) => Default::default(),
    };
    let raw = keep(connection, webhook)?;
    for event in events {
        if let Some(message) = events::record(connection, event, Some(raw))? {
            evidence::weigh(connection, message, event)?;
        }
    }
    let mut placed = Vec::with_capacity(notices.len());
    for notice in notices {
        placed.push(notices::hear(
            connection,
            notice,
            &webhook.hearing,
            Some(raw),
        )?);
    }
    if placed.contains(&Placed::Nobody) {
        set_aside(connection, raw, "it names nobody this host has mailed")?;
    }
    KillPoint::DuringWebhookCommit.reached();
    Ok(placed)
}

/// Keeps the raw request once. A request that could not be read before and can be now (by a newer plugin) is no longer set
/// aside.
fn keep(connection: &Connection, webhook: &NewWebhook) -> Result<i64, StoreError> {
    let request = &webhook.request;
    let reason = match &webhook.content {
        WebhookContent::Read { .. } => None,
        WebhookContent::Unread(reason) => Some(reason),
    };
    let key = ContentHash::of(&request.body).to_string();
    let seq = connection
        .prepare_cached(
            "INSERT INTO webhooks (provider, dedupe_key, received_at, path, query, headers, body, state, reason)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
             ON CONFLICT (provider, dedupe_key) DO UPDATE SET
                reason = CASE WHEN state = 'parsed' THEN reason ELSE excluded.reason END,
                state = CASE WHEN state = 'parsed' THEN state ELSE excluded.state END
             RETURNING seq",
        )?
        .query_row(
            params![
                webhook.provider,
                key,
                request.received_at.as_microsecond(),
                request.path,
                request.query,
                serde_json::to_string(&request.headers)?,
                &request.body[..],
                if reason.is_none() { "parsed" } else { "set-aside" },
                reason,
            ],
            |row| row.get(0),
        )?;
    Ok(seq)
}

fn set_aside(connection: &Connection, raw: i64, reason: &str) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE webhooks SET state = 'set-aside', reason = ?2 WHERE seq = ?1")?
        .execute(params![raw, reason])?;
    Ok(())
}
