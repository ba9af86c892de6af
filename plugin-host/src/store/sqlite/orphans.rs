//! What names a message that nobody has seen yet, and its adoption when the message appears.

use jiff::Timestamp;
use plugin_api::TrackingId;
use rusqlite::{Connection, Params, Row, params};
use serde::{Deserialize, Serialize};

use super::addressees::{addressees, tell_about};
use super::events;
use super::rows::{get_time, parsed};
use crate::compliance::{AccountKey, ContactAddress, FlagScope, FlagSource, Notice};
use crate::events::kind_of;
use crate::store::{Hearing, NewEvent, StoreError};

/// A notice that waits, as it is stored.
#[derive(Debug, Serialize, Deserialize)]
struct Waiting {
    notice: Notice,
    scope: FlagScope,
    providers: Vec<String>,
    source: FlagSource,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    webhook: Option<i64>,
}

/// Keeps a notice until the message it names appears. Kept once, however often it comes.
pub(super) fn keep(
    connection: &Connection,
    notice: &Notice,
    hearing: &Hearing,
    webhook: Option<i64>,
) -> Result<(), StoreError> {
    let waiting = Waiting {
        notice: notice.clone(),
        scope: hearing.scope,
        providers: hearing.providers.clone(),
        source: hearing.source,
        webhook,
    };
    connection
        .prepare_cached(
            "INSERT INTO orphans (account, tracking_id, provider_message_id, payload, received_at) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (payload) DO NOTHING",
        )?
        .execute(params![
            notice.account.as_ref().map(AccountKey::as_str),
            notice.tracking_id.map(TrackingId::to_bytes),
            notice.provider_message_id,
            serde_json::to_string(&waiting)?,
            hearing.heard_at.as_microsecond(),
        ])?;
    Ok(())
}

/// Gives a message that is being accepted what came before it: events, and flags, which its gate then sees.
pub(super) fn adopt(
    connection: &Connection,
    message: i64,
    account: &AccountKey,
    id: TrackingId,
) -> Result<(), StoreError> {
    let waits = "SELECT 1 FROM orphans WHERE tracking_id = ?1
                 UNION ALL SELECT 1 FROM events WHERE message IS NULL AND tracking_id = ?1";
    if !connection.prepare_cached(waits)?.exists([id.to_bytes()])? {
        return Ok(());
    }
    let names_it = params![id.to_bytes(), account.as_str()];
    for waiting in take(
        connection,
        "DELETE FROM orphans WHERE tracking_id = ?1 AND (account IS NULL OR account = ?2) RETURNING payload, received_at",
        names_it,
    )? {
        waiting.tell(connection, message)?;
    }
    connection
        .prepare_cached(
            "UPDATE events SET message = ?3 WHERE message IS NULL AND tracking_id = ?1 AND (account IS NULL OR account = ?2)",
        )?
        .execute(params![id.to_bytes(), account.as_str(), message])?;
    Ok(())
}

/// Gives a message whose provider's id has just been learned what that provider said of it before.
pub(super) fn adopt_by_provider_id(
    connection: &Connection,
    message: i64,
    attempt: i64,
    provider_message_id: &str,
) -> Result<(), StoreError> {
    let waits = "SELECT 1 FROM orphans WHERE provider_message_id = ?1
                 UNION ALL SELECT 1 FROM events WHERE message IS NULL AND provider_message_id = ?1
                     AND provider = (SELECT provider FROM attempts WHERE seq = ?2)";
    let mut waits = connection.prepare_cached(waits)?;
    if !waits.exists(params![provider_message_id, attempt])? {
        return Ok(());
    }
    let provider: String = connection
        .prepare_cached("SELECT provider FROM attempts WHERE seq = ?1")?
        .query_row([attempt], |row| row.get(0))?;
    for waiting in take(
        connection,
        "DELETE FROM orphans WHERE provider_message_id = ?1 AND EXISTS (
             SELECT 1 FROM json_each(payload, '$.providers') AS asked WHERE asked.value = ?2)
         RETURNING payload, received_at",
        params![provider_message_id, provider],
    )? {
        waiting.tell(connection, message)?;
    }
    for event in take_events(connection, message, &provider, provider_message_id)? {
        events::follow_up(connection, message, &event)?;
    }
    Ok(())
}

struct Taken {
    waiting: Waiting,
    heard_at: Timestamp,
}

fn take(connection: &Connection, delete: &str, key: impl Params) -> Result<Vec<Taken>, StoreError> {
    let mut statement = connection.prepare_cached(delete)?;
    let rows = statement.query_map(key, |row| {
        Ok(Taken {
            waiting: parsed(row, "payload", |json| serde_json::from_str(json))?,
            heard_at: get_time(row, "received_at")?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

impl Taken {
    fn tell(self, connection: &Connection, message: i64) -> Result<(), StoreError> {
        let Waiting {
            notice,
            scope,
            providers,
            source,
            webhook,
        } = self.waiting;
        let concerned =
            addressees(connection, message)?.concerned(notice.recipient.as_ref(), scope);
        let hearing = Hearing {
            scope,
            providers,
            source,
            heard_at: self.heard_at,
        };
        tell_about(
            connection,
            &notice,
            &hearing,
            &concerned,
            Some(message),
            webhook,
        )
    }
}

fn take_events(
    connection: &Connection,
    message: i64,
    provider: &str,
    provider_message_id: &str,
) -> Result<Vec<NewEvent>, StoreError> {
    let mut statement = connection.prepare_cached(
        "UPDATE events SET message = ?1 WHERE message IS NULL AND provider = ?2 AND provider_message_id = ?3 RETURNING *",
    )?;
    let rows = statement.query_map(params![message, provider, provider_message_id], event)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn event(row: &Row<'_>) -> rusqlite::Result<NewEvent> {
    Ok(NewEvent {
        provider: row.get("provider")?,
        dedupe_key: row.get("dedupe_key")?,
        kind: kind_of(&row.get::<_, String>("kind")?),
        recipient: row
            .get::<_, Option<String>>("recipient_key")?
            .map(ContactAddress::from),
        account: row
            .get::<_, Option<String>>("account")?
            .map(AccountKey::from),
        tracking_id: row
            .get::<_, Option<[u8; 16]>>("tracking_id")?
            .map(TrackingId::from_bytes),
        provider_message_id: row.get("provider_message_id")?,
        occurred_at: get_time(row, "occurred_at")?,
        received_at: get_time(row, "received_at")?,
        detail: row.get("detail")?,
        suppresses: row.get("suppresses")?,
    })
}
