//! Flags as they are written: a word becomes a row of the history, changes what holds, and is told in the feed, all in the
//! transaction at hand.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::feed;
use super::rows::{get_time, parsed};
use crate::compliance::{Contact, FlagOrigin, FlagReason, FlagSource, Standing, Word};
use crate::events::{CONTACT_FLAGGED, CONTACT_UNFLAGGED, FeedBody};
use crate::store::StoreError;

/// Stands for every account in the column `scope`.
pub(super) const EVERY_ACCOUNT: &str = "*";

/// Where a word comes from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Evidence<'a> {
    pub(super) origin: FlagOrigin,
    pub(super) source: FlagSource,
    pub(super) message: Option<i64>,
    pub(super) event_id: Option<&'a str>,
    pub(super) webhook: Option<i64>,
    pub(super) note: Option<&'a str>,
}

/// A word, when it was said, and when the host heard of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Heard {
    pub(super) word: Word,
    pub(super) at: Timestamp,
    pub(super) heard_at: Timestamp,
}

/// A contact as it stands in columns.
pub(super) struct Columns<'a> {
    pub(super) scope: &'a str,
    pub(super) subject: &'static str,
    pub(super) key: &'a str,
}

impl<'a> From<&'a Contact> for Columns<'a> {
    fn from(contact: &'a Contact) -> Self {
        match contact {
            Contact::Lead { account, lead } => Self {
                scope: account.as_str(),
                subject: "lead",
                key: lead.as_str(),
            },
            Contact::Address { account, address } => Self {
                scope: account
                    .as_ref()
                    .map_or(EVERY_ACCOUNT, |account| account.as_str()),
                subject: "address",
                key: address.as_str(),
            },
        }
    }
}

/// Writes down what a word says about a contact; whether anything was new. A word that is older than what holds, or a repeat of
/// it, leaves no trace here.
pub(super) fn hear(
    connection: &Connection,
    contact: &Contact,
    heard: Heard,
    evidence: &Evidence<'_>,
) -> Result<bool, StoreError> {
    let columns = Columns::from(contact);
    let mut news = Vec::new();
    let mut moved = false;
    for reason in heard.word.reasons() {
        let held = standing(connection, &columns, reason)?;
        let Some(next) = heard.word.settle(held, heard.at, heard.heard_at) else {
            continue;
        };
        moved = true;
        let row = write_down(connection, &columns, reason, next, heard.heard_at, evidence)?;
        hold(connection, &columns, reason, next, row)?;
        if held.is_some_and(|held| held.suppress) != next.suppress {
            news.push((reason, next));
        }
    }
    for (reason, next) in news {
        tell(connection, contact, reason, next, heard.heard_at, evidence)?;
    }
    Ok(moved)
}

fn standing(
    connection: &Connection,
    columns: &Columns<'_>,
    reason: FlagReason,
) -> Result<Option<Standing>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT suppress, at FROM do_not_contact WHERE subject = ?1 AND subject_key = ?2 AND scope = ?3 AND reason = ?4",
    )?;
    let key = params![columns.subject, columns.key, columns.scope, reason.as_str()];
    let held = statement.query_row(key, |row| {
        Ok(Standing {
            suppress: row.get("suppress")?,
            at: get_time(row, "at")?,
        })
    });
    Ok(held.optional()?)
}

fn write_down(
    connection: &Connection,
    columns: &Columns<'_>,
    reason: FlagReason,
    next: Standing,
    recorded_at: Timestamp,
    evidence: &Evidence<'_>,
) -> Result<i64, StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO flags (scope, subject, subject_key, suppress, reason, origin, source, at, recorded_at, message, event_id, webhook, note)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        )?
        .execute(params![
            columns.scope,
            columns.subject,
            columns.key,
            next.suppress,
            reason.as_str(),
            evidence.origin.as_str(),
            evidence.source.as_str(),
            next.at.as_microsecond(),
            recorded_at.as_microsecond(),
            evidence.message,
            evidence.event_id,
            evidence.webhook,
            evidence.note,
        ])?;
    Ok(connection.last_insert_rowid())
}

fn hold(
    connection: &Connection,
    columns: &Columns<'_>,
    reason: FlagReason,
    next: Standing,
    evidence: i64,
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO do_not_contact (scope, subject, subject_key, reason, suppress, at, evidence) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (subject, subject_key, scope, reason)
             DO UPDATE SET suppress = excluded.suppress, at = excluded.at, evidence = excluded.evidence",
        )?
        .execute(params![
            columns.scope,
            columns.subject,
            columns.key,
            reason.as_str(),
            next.suppress,
            next.at.as_microsecond(),
            evidence,
        ])?;
    Ok(())
}

fn tell(
    connection: &Connection,
    contact: &Contact,
    reason: FlagReason,
    next: Standing,
    at: Timestamp,
    evidence: &Evidence<'_>,
) -> Result<(), StoreError> {
    let (account, lead, recipient) = match contact {
        Contact::Lead { account, lead } => (Some(account), Some(lead.to_string()), None),
        Contact::Address { account, address } => {
            (account.as_ref(), None, Some(address.to_string()))
        }
    };
    let body = FeedBody {
        account: account.map(ToString::to_string),
        lead,
        recipient,
        tracking_id: evidence
            .message
            .map(|message| tracking_text(connection, message))
            .transpose()?,
        occurred_at: Some(next.at),
        reason: Some(reason.to_string()),
        flags: standing_reasons(connection, &Columns::from(contact))?,
        ..FeedBody::default()
    };
    let kind = if next.suppress {
        CONTACT_FLAGGED
    } else {
        CONTACT_UNFLAGGED
    };
    feed::append(connection, at, kind, &serde_json::to_value(body)?)
}

fn standing_reasons(
    connection: &Connection,
    columns: &Columns<'_>,
) -> Result<Vec<FlagReason>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT reason FROM do_not_contact WHERE subject = ?1 AND subject_key = ?2 AND scope = ?3 AND suppress = 1 ORDER BY reason",
    )?;
    let reasons = statement.query_map(
        params![columns.subject, columns.key, columns.scope],
        |row| parsed(row, "reason", str::parse),
    )?;
    Ok(reasons.collect::<Result<_, _>>()?)
}

fn tracking_text(connection: &Connection, message: i64) -> Result<String, StoreError> {
    let id = connection
        .prepare_cached("SELECT tracking_id FROM messages WHERE seq = ?1")?
        .query_row([message], |row| {
            super::rows::tracking_id(row, "tracking_id")
        })?;
    Ok(id.to_string())
}

/// How many messages to these contacts are with a provider at this moment: each may still reach them.
///
/// A message in doubt counts as long as its call can run.
pub(super) fn calls_in_flight(
    connection: &Connection,
    contacts: &[Contact],
    now: Timestamp,
) -> Result<u32, StoreError> {
    const RUNNING: &str = "(messages.state = 'sending' OR (messages.state = 'in-doubt' AND EXISTS (
        SELECT 1 FROM attempts WHERE attempts.message = messages.seq AND attempts.hard_deadline > ?3)))";
    let of_lead =
        format!("SELECT seq FROM messages WHERE account = ?1 AND lead = ?2 AND {RUNNING}");
    let of_address = format!(
        "SELECT seq FROM recipients JOIN messages ON seq = recipients.message
         WHERE ?1 IN (account, '*') AND address_key = ?2 AND {RUNNING}"
    );
    let mut running = std::collections::BTreeSet::new();
    for contact in contacts {
        let columns = Columns::from(contact);
        let query = if columns.subject == "lead" {
            &of_lead
        } else {
            &of_address
        };
        let mut statement = connection.prepare_cached(query)?;
        let key = params![columns.scope, columns.key, now.as_microsecond()];
        let rows = statement.query_map(key, |row| row.get::<_, i64>(0))?;
        for message in rows {
            running.insert(message?);
        }
    }
    Ok(u32::try_from(running.len()).unwrap_or(u32::MAX))
}
