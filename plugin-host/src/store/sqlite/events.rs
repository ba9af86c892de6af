//! Events as they are written: once each, attached to their message, and from there to the recipient's status.

use plugin_api::TrackingId;
use rusqlite::{Connection, OptionalExtension, params};

use super::feed::{self, RecipientNews};
use super::rows::{get_time, parsed};
use crate::compliance::{AccountKey, ContactAddress};
use crate::events::{self, RecipientStatus, StatusSince, status_of};
use crate::store::{NewEvent, StoreError};

/// Writes an event down unless it is there already, and follows it up when its message is known. Gives the message of a new
/// event.
pub(super) fn record(
    connection: &Connection,
    event: &NewEvent,
    webhook: Option<i64>,
) -> Result<Option<i64>, StoreError> {
    let message = message_of(connection, event)?;
    let written = connection
        .prepare_cached(
            "INSERT INTO events (message, provider, dedupe_key, kind, recipient_key, account, tracking_id, provider_message_id,
                occurred_at, received_at, detail, suppresses, webhook)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) ON CONFLICT (provider, dedupe_key) DO NOTHING",
        )?
        .execute(params![
            message,
            event.provider,
            event.dedupe_key,
            events::word_of(event.kind),
            event.recipient.as_ref().map(ContactAddress::as_str),
            event.account.as_ref().map(AccountKey::as_str),
            event.tracking_id.map(TrackingId::to_bytes),
            event.provider_message_id,
            event.occurred_at.as_microsecond(),
            event.received_at.as_microsecond(),
            event.detail,
            event.suppresses,
            webhook,
        ])?;
    let Some(message) = message.filter(|_| written > 0) else {
        return Ok(None);
    };
    follow_up(connection, message, event)?;
    Ok(Some(message))
}

/// The message an event is about. What it says of itself must agree with our own record: the account it names, and, where it
/// names none, that one message alone has this id.
fn message_of(connection: &Connection, event: &NewEvent) -> Result<Option<i64>, StoreError> {
    let account = event.account.as_ref().map(AccountKey::as_str);
    if let Some(id) = event.tracking_id {
        let mut statement = connection
            .prepare_cached("SELECT seq FROM messages WHERE tracking_id = ?1 AND (?2 IS NULL OR account = ?2) LIMIT 2")?;
        let found = statement.query_map(params![id.to_bytes(), account], |row| row.get(0))?;
        let found: Vec<i64> = found.collect::<Result<_, _>>()?;
        if let [only] = found[..] {
            return Ok(Some(only));
        }
    }
    match &event.provider_message_id {
        Some(id) => by_provider_id(connection, &event.provider, id, account),
        None => Ok(None),
    }
}

/// The message to which a provider gave this id.
pub(super) fn by_provider_id(
    connection: &Connection,
    provider: &str,
    provider_message_id: &str,
    account: Option<&str>,
) -> Result<Option<i64>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT message FROM attempts JOIN messages ON messages.seq = message
         WHERE attempts.provider = ?1 AND attempts.provider_message_id = ?2 AND (?3 IS NULL OR account = ?3) LIMIT 1",
    )?;
    let found = statement.query_row(params![provider, provider_message_id, account], |row| {
        row.get(0)
    });
    Ok(found.optional()?)
}

/// What an event means for its recipient. A message that was never handed to a provider cannot have a fate at one.
pub(super) fn follow_up(
    connection: &Connection,
    message: i64,
    event: &NewEvent,
) -> Result<(), StoreError> {
    let Some(status) = status_of(event.kind) else {
        return Ok(());
    };
    let heard = StatusSince {
        status,
        at: event.occurred_at,
    };
    for recipient in recipients(connection, message, event.recipient.as_ref())? {
        let held = recipient.held.unwrap_or(StatusSince {
            status: RecipientStatus::Pending,
            at: event.received_at,
        });
        let next = held.after(heard);
        if next != held {
            update(connection, message, recipient.position, next, event)?;
        }
        if next.status != held.status {
            let news = RecipientNews {
                address: &recipient.address,
                since: next,
                reason: event.detail.as_deref(),
                recorded_at: event.received_at,
            };
            feed::tell_of_recipient(connection, message, &news)?;
        }
    }
    Ok(())
}

struct Recipient {
    position: u32,
    address: String,
    held: Option<StatusSince>,
}

/// Those with that address; where none is named, the only one there is.
fn recipients(
    connection: &Connection,
    message: i64,
    address: Option<&ContactAddress>,
) -> Result<Vec<Recipient>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT position, address, status, status_at FROM recipients JOIN messages ON seq = message
         WHERE message = ?1 AND attempts > 0 AND (?2 IS NULL OR address_key = ?2)",
    )?;
    let key = params![message, address.map(ContactAddress::as_str)];
    let rows = statement.query_map(key, |row| {
        let has_status = row.get::<_, Option<i64>>("status_at")?.is_some();
        let held = has_status.then(|| {
            Ok::<_, rusqlite::Error>(StatusSince {
                status: parsed(row, "status", str::parse)?,
                at: get_time(row, "status_at")?,
            })
        });
        Ok(Recipient {
            position: row.get("position")?,
            address: row.get("address")?,
            held: held.transpose()?,
        })
    })?;
    let found: Vec<Recipient> = rows.collect::<Result<_, _>>()?;
    let is_clear = address.is_some() || found.len() == 1;
    Ok(if is_clear { found } else { Vec::new() })
}

fn update(
    connection: &Connection,
    message: i64,
    position: u32,
    next: StatusSince,
    event: &NewEvent,
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "UPDATE recipients SET status = ?3, status_at = ?4, reason = coalesce(?5, reason) WHERE message = ?1 AND position = ?2",
        )?
        .execute(params![
            message,
            position,
            next.status.as_str(),
            next.at.as_microsecond(),
            event.detail,
        ])?;
    Ok(())
}
