//! Notices as they are heard: whom each concerns, by our own record, and what becomes of one that concerns nobody yet.

use plugin_api::TrackingId;
use rusqlite::{Connection, OptionalExtension, params};

use super::addressees::{addressees, tell_about};
use super::{events, orphans};
use crate::compliance::{AccountKey, Contact, ContactAddress, FlagScope, LeadKey, Notice};
use crate::store::{Hearing, StoreError};

/// Whom a notice was found to concern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Placed {
    /// Those for whom this message was.
    Message(i64, Vec<Contact>),
    /// These, though no message was named.
    Contacts(Vec<Contact>),
    /// These, and whoever the message it names was for, once that is known; until then it waits.
    Waits(Vec<Contact>),
    /// Nobody this host has mailed.
    Nobody,
}

impl Placed {
    /// Everybody concerned.
    pub(super) fn contacts(&self) -> &[Contact] {
        match self {
            Self::Message(_, contacts) | Self::Contacts(contacts) | Self::Waits(contacts) => {
                contacts
            }
            Self::Nobody => &[],
        }
    }
}

/// Finds whom a notice concerns and writes down what it says about them.
pub(super) fn hear(
    connection: &Connection,
    notice: &Notice,
    hearing: &Hearing,
    webhook: Option<i64>,
) -> Result<Placed, StoreError> {
    let placed = place(connection, notice, hearing)?;
    let message = match placed {
        Placed::Message(message, _) => Some(message),
        _ => None,
    };
    tell_about(
        connection,
        notice,
        hearing,
        placed.contacts(),
        message,
        webhook,
    )?;
    if let Placed::Waits(_) = placed {
        orphans::keep(connection, notice, hearing, webhook)?;
    }
    Ok(placed)
}

/// Whoever the message was for that it names, if our record agrees; otherwise whoever it names itself. A message that is named
/// and not known may still come, and the lead is known only then.
fn place(
    connection: &Connection,
    notice: &Notice,
    hearing: &Hearing,
) -> Result<Placed, StoreError> {
    if let Some(message) = named_message(connection, notice, &hearing.providers)? {
        let addressees = addressees(connection, message)?;
        let concerned = addressees.concerned(notice.recipient.as_ref(), hearing.scope);
        return Ok(Placed::Message(message, concerned));
    }
    let contacts = match &notice.recipient {
        Some(recipient) => by_recipient(connection, notice, recipient, hearing)?,
        None => Vec::new(),
    };
    let names_a_message = notice.tracking_id.is_some() || notice.provider_message_id.is_some();
    Ok(match (names_a_message, contacts.is_empty()) {
        (true, _) => Placed::Waits(contacts),
        (false, false) => Placed::Contacts(contacts),
        (false, true) => Placed::Nobody,
    })
}

fn named_message(
    connection: &Connection,
    notice: &Notice,
    providers: &[String],
) -> Result<Option<i64>, StoreError> {
    let account = notice.account.as_ref().map(AccountKey::as_str);
    if let Some(id) = notice.tracking_id {
        let found = by_tracking_id(connection, id, account)?;
        if found.is_some() || account.is_some() {
            return Ok(found);
        }
    }
    let Some(id) = &notice.provider_message_id else {
        return Ok(None);
    };
    for provider in providers {
        if let Some(found) = events::by_provider_id(connection, provider, id, account)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// The message of this id in that account; where no account is named, the only message of this id.
fn by_tracking_id(
    connection: &Connection,
    id: TrackingId,
    account: Option<&str>,
) -> Result<Option<i64>, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT min(seq) FROM messages WHERE tracking_id = ?1 AND (?2 IS NULL OR account = ?2) HAVING count(*) = 1")?;
    let found = statement.query_row(params![id.to_bytes(), account], |row| row.get(0));
    Ok(found.optional()?)
}

/// A notice that names an address and no message we know concerns that address in every account that mailed it through these
/// providers (on the stream it names, where the message named one). When it gives leave again, it gives it for the leads to
/// whom those messages went as well: the flag it takes back may have named the message.
fn by_recipient(
    connection: &Connection,
    notice: &Notice,
    recipient: &ContactAddress,
    hearing: &Hearing,
) -> Result<Vec<Contact>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT DISTINCT account, CASE WHEN kind = 'to' THEN lead END AS lead
         FROM recipients JOIN messages ON messages.seq = recipients.message
         WHERE address_key = ?1 AND (?2 IS NULL OR account = ?2) AND EXISTS (
             SELECT 1 FROM attempts JOIN json_each(?3) AS asked ON asked.value = attempts.provider
             WHERE attempts.message = messages.seq AND (?4 IS NULL OR attempts.stream IS NULL OR attempts.stream = ?4))
         ORDER BY account, lead",
    )?;
    let key = params![
        recipient.as_str(),
        notice.account.as_ref().map(AccountKey::as_str),
        serde_json::to_string(&hearing.providers)?,
        notice.stream,
    ];
    let rows = statement.query_map(key, |row| {
        let account = AccountKey::from(row.get::<_, String>("account")?);
        let lead = row.get::<_, Option<String>>("lead")?.map(LeadKey::from);
        Ok((account, lead))
    })?;
    let mut contacts = Vec::new();
    for row in rows {
        let (account, lead) = row?;
        let lead = lead.filter(|_| !notice.word.suppresses());
        contacts.push(Contact::address(hearing.scope, &account, recipient.clone()));
        contacts.extend(lead.map(|lead| Contact::Lead { account, lead }));
    }
    if contacts.is_empty() {
        contacts.extend(without_a_message(notice, recipient, hearing.scope));
    }
    contacts.sort();
    contacts.dedup();
    Ok(contacts)
}

/// Nobody here has mailed them; a flag that reaches every account, or the account that is named, still holds.
fn without_a_message(
    notice: &Notice,
    recipient: &ContactAddress,
    scope: FlagScope,
) -> Option<Contact> {
    let account = match scope {
        FlagScope::Global => None,
        FlagScope::Account => Some(notice.account.clone()?),
    };
    Some(Contact::Address {
        account,
        address: recipient.clone(),
    })
}
