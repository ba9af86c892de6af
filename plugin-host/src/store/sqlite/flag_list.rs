//! Flags as they are changed and read by people and programs.

use async_trait::async_trait;
use jiff::Timestamp;
use plugin_api::TrackingId;
use rusqlite::types::Value;
use rusqlite::{Connection, Row, params_from_iter};

use super::SqliteStore;
use super::flags::{self, EVERY_ACCOUNT, Evidence, Heard};
use super::rows::{get_time, parsed};
use crate::compliance::{
    AccountKey, Contact, ContactAddress, ContactState, Flag, FlagChange, FlagFilter, FlagOrigin,
    FlagOutcome, FlagSource, LeadKey, Word,
};
use crate::store::{Contacts, StoreError};

const PAGE: u32 = 500;
const LARGEST_PAGE: u32 = 10_000;

#[async_trait]
impl Contacts for SqliteStore {
    async fn change_flag(
        &self,
        change: FlagChange,
        contacts: Vec<Contact>,
        now: Timestamp,
    ) -> Result<FlagOutcome, StoreError> {
        self.write(move |connection| {
            let evidence = Evidence {
                origin: FlagOrigin::Operator,
                source: change.source,
                message: None,
                event_id: None,
                webhook: None,
                note: change.note.as_deref(),
            };
            let lifted = match change.word {
                Word::Lift => brought_upon_addresses(connection, &contacts)?,
                _ => Vec::new(),
            };
            let asked = contacts.iter().map(|contact| (contact, change.word));
            let follows = lifted.iter().map(|flag| {
                let reason = flag.reason;
                (&flag.contact, Word::LiftOnly { reason })
            });
            let mut changed = false;
            for (contact, word) in asked.chain(follows) {
                let heard = Heard {
                    word,
                    at: change.at.unwrap_or(now),
                    heard_at: now,
                };
                changed |= flags::hear(connection, contact, heard, &evidence)?;
            }
            let calls_in_flight = flags::calls_in_flight(connection, &contacts, now)?;
            Ok(FlagOutcome {
                changed,
                calls_in_flight,
            })
        })
        .await
    }

    async fn contact(
        &self,
        account: AccountKey,
        lead: LeadKey,
    ) -> Result<ContactState, StoreError> {
        self.read(move |connection| {
            let values = || {
                vec![
                    Value::from(account.to_string()),
                    Value::from(lead.to_string()),
                ]
            };
            let of_lead =
                format!("scope = ? AND subject = 'lead' AND subject_key = ? AND {STANDS}");
            let of_addresses =
                format!("scope IN (?1, '*') AND subject = 'address' AND {MAILED} AND {STANDS}");
            Ok(ContactState {
                flags: gravest_first(select(connection, &of_lead, values(), PAGE)?),
                addresses: gravest_first(select(connection, &of_addresses, values(), PAGE)?),
                account: account.clone(),
                lead: lead.clone(),
            })
        })
        .await
    }

    async fn flags(&self, filter: FlagFilter) -> Result<Vec<Flag>, StoreError> {
        self.read(move |connection| list(connection, &filter)).await
    }
}

/// What stands: the rows of the history that `do_not_contact` rests on.
const STANDS: &str = "EXISTS (SELECT 1 FROM do_not_contact AS held
    WHERE held.subject = flags.subject AND held.subject_key = flags.subject_key AND held.scope = flags.scope
      AND held.reason = flags.reason AND held.evidence = flags.seq AND held.suppress = 1)";

/// Addresses in To of messages to the lead ?2 of the account ?1.
const MAILED: &str = "subject_key IN (SELECT address_key FROM recipients JOIN messages ON messages.seq = recipients.message
    WHERE account = ?1 AND lead = ?2 AND kind = 'to')";

fn list(connection: &Connection, filter: &FlagFilter) -> Result<Vec<Flag>, StoreError> {
    let mut query = Query::after(filter.after);
    if let Some(account) = &filter.account {
        query.and("scope IN (?, '*')", AccountKey::of(account).to_string());
    }
    if let Some(lead) = &filter.lead {
        query.and(
            "subject = 'lead' AND subject_key = ?",
            LeadKey::of(lead).to_string(),
        );
    }
    if let Some(address) = &filter.address {
        query.and(
            "subject = 'address' AND subject_key = ?",
            ContactAddress::of(address).to_string(),
        );
    }
    if let Some(reason) = filter.reason {
        query.and("reason = ?", reason.as_str().to_owned());
    }
    if !filter.history {
        query.conditions.push(STANDS);
    }
    query.run(connection, filter.count.unwrap_or(PAGE).min(LARGEST_PAGE))
}

/// A condition with one placeholder each, and what goes into it.
struct Query {
    conditions: Vec<&'static str>,
    values: Vec<Value>,
}

impl Query {
    fn after(evidence: i64) -> Self {
        Self {
            conditions: vec!["flags.seq > ?"],
            values: vec![Value::from(evidence)],
        }
    }

    fn and(&mut self, condition: &'static str, value: String) {
        self.conditions.push(condition);
        self.values.push(Value::from(value));
    }

    fn run(self, connection: &Connection, count: u32) -> Result<Vec<Flag>, StoreError> {
        select(
            connection,
            &self.conditions.join(" AND "),
            self.values,
            count,
        )
    }
}

fn select(
    connection: &Connection,
    condition: &str,
    values: Vec<Value>,
    count: u32,
) -> Result<Vec<Flag>, StoreError> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT *, (SELECT tracking_id FROM messages WHERE messages.seq = flags.message) AS tracking_id FROM flags
         WHERE {condition} ORDER BY flags.seq LIMIT {count}"
    ))?;
    let flags = statement.query_map(params_from_iter(values), flag)?;
    Ok(flags.collect::<Result<_, _>>()?)
}

fn gravest_first(mut flags: Vec<Flag>) -> Vec<Flag> {
    flags.sort_by_key(|flag| std::cmp::Reverse(flag.reason));
    flags
}

/// The flags that stand for addresses because of a message to one of these leads.
fn brought_upon_addresses(
    connection: &Connection,
    contacts: &[Contact],
) -> Result<Vec<Flag>, StoreError> {
    let condition = format!(
        "scope IN (?1, '*') AND subject = 'address' AND {MAILED} AND {STANDS}
         AND message IN (SELECT seq FROM messages WHERE account = ?1 AND lead = ?2)"
    );
    let mut found = Vec::new();
    for contact in contacts {
        if let Contact::Lead { account, lead } = contact {
            let values = vec![
                Value::from(account.to_string()),
                Value::from(lead.to_string()),
            ];
            found.extend(select(connection, &condition, values, LARGEST_PAGE)?);
        }
    }
    Ok(found)
}

fn flag(row: &Row<'_>) -> rusqlite::Result<Flag> {
    let origin: String = row.get("origin")?;
    let source: String = row.get("source")?;
    Ok(Flag {
        evidence: row.get("seq")?,
        contact: contact(row)?,
        suppress: row.get("suppress")?,
        reason: parsed(row, "reason", str::parse)?,
        at: get_time(row, "at")?,
        recorded_at: get_time(row, "recorded_at")?,
        origin: FlagOrigin::from_word(&origin).unwrap_or(FlagOrigin::Unknown),
        source: FlagSource::from_word(&source).unwrap_or(FlagSource::Unknown),
        tracking_id: row
            .get::<_, Option<[u8; 16]>>("tracking_id")?
            .map(TrackingId::from_bytes),
        event_id: row.get("event_id")?,
        webhook: row.get("webhook")?,
        note: row.get("note")?,
    })
}

fn contact(row: &Row<'_>) -> rusqlite::Result<Contact> {
    let (scope, key): (String, String) = (row.get("scope")?, row.get("subject_key")?);
    Ok(if row.get::<_, String>("subject")? == "lead" {
        Contact::Lead {
            account: AccountKey::of(&scope),
            lead: LeadKey::of(&key),
        }
    } else {
        Contact::Address {
            account: (scope != EVERY_ACCOUNT).then(|| AccountKey::of(&scope)),
            address: ContactAddress::of(&key),
        }
    })
}
