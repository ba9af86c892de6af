//! Whom a message was for, and what notices say about them.

use rusqlite::Connection;

use super::flags::{self, Evidence, Heard};
use crate::compliance::{Addressees, Contact, ContactAddress, LeadKey, Notice};
use crate::store::{Hearing, StoreError};

/// Whom a message was for.
pub(super) fn addressees(connection: &Connection, message: i64) -> Result<Addressees, StoreError> {
    let mut to = connection.prepare_cached(
        "SELECT address_key FROM recipients WHERE message = ?1 AND kind = 'to' ORDER BY position",
    )?;
    let to = to
        .query_map([message], |row| {
            row.get::<_, String>(0).map(ContactAddress::from)
        })?
        .collect::<Result<_, _>>()?;
    let mut statement =
        connection.prepare_cached("SELECT account, lead FROM messages WHERE seq = ?1")?;
    Ok(statement.query_row([message], |row| {
        Ok(Addressees {
            account: row.get::<_, String>("account")?.into(),
            lead: row.get::<_, Option<String>>("lead")?.map(LeadKey::from),
            to,
        })
    })?)
}

/// Writes down what a notice says about contacts that are known by now.
pub(super) fn tell_about(
    connection: &Connection,
    notice: &Notice,
    hearing: &Hearing,
    contacts: &[Contact],
    message: Option<i64>,
    webhook: Option<i64>,
) -> Result<(), StoreError> {
    let heard = Heard {
        word: notice.word,
        at: notice.at,
        heard_at: hearing.heard_at,
    };
    let evidence = Evidence {
        origin: notice.origin,
        source: hearing.source,
        message,
        event_id: notice.event_id.as_deref(),
        webhook,
        note: None,
    };
    for contact in contacts {
        flags::hear(connection, contact, heard, &evidence)?;
    }
    Ok(())
}
