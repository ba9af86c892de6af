//! Mails beyond the first: how many acceptances of one message have come to light.

use std::collections::BTreeSet;

use rusqlite::{Connection, params};

use super::feed;
use crate::store::{Settlement, StoreError};

/// Counts the mails of a message after an acceptance was recorded, and announces it when there are more than were known.
///
/// Two attempts that turn out to be the same mail, by the provider's id, are one; a second search that shows the same mails changes
/// nothing.
pub(super) fn count(connection: &Connection, one: &Settlement) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT provider_message_id FROM attempts WHERE message = ?1 AND outcome = 'sent'",
    )?;
    let accepted: Vec<Option<String>> = statement
        .query_map([one.message], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let unnamed = accepted.iter().filter(|id| id.is_none()).count();
    let mut named: BTreeSet<&str> = accepted.iter().flatten().map(String::as_str).collect();
    named.extend(one.duplicates.iter().map(String::as_str));
    let further = (named.len() + unnamed).saturating_sub(1);
    if further == 0 {
        return Ok(());
    }
    let news = connection
        .prepare_cached("UPDATE messages SET doubled = ?2 WHERE seq = ?1 AND doubled < ?2")?
        .execute(params![one.message, further])?;
    if news > 0 {
        let names = feed::tell_of_message(connection, one.message, "message.doubled", one.at)?;
        tracing::warn!(
            tracking_id = names.tracking_id,
            mails = further + 1,
            "the message was mailed more than once",
        );
    }
    Ok(())
}
