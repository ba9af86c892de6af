//! Looking messages up.

use async_trait::async_trait;
use std::time::Duration;

use rusqlite::types::Value;
use rusqlite::{Connection, Row, params, params_from_iter};

use super::rows::{get_time, json, optional_time, parsed, tracking_id};
use super::{SqliteStore, accept};
use crate::compliance::{AccountKey, ContactAddress, LeadKey};
use crate::store::content::link_choice;
use crate::store::{
    AttemptView, MessageFilter, MessageKey, MessageLog, MessagePage, MessageSummary, MessageView,
    RecipientView, StoreError, StoredDecision, TimelineEntry,
};

#[async_trait]
impl MessageLog for SqliteStore {
    async fn message(&self, key: MessageKey) -> Result<Option<MessageView>, StoreError> {
        self.read(move |connection| {
            let Some(message) = find(connection, &key)? else {
                return Ok(None);
            };
            let view = MessageView {
                summary: summary(connection, message)?,
                attempts: attempts(connection, message)?,
                timeline: timeline(connection, message)?,
            };
            Ok(Some(view))
        })
        .await
    }

    async fn content(&self, key: MessageKey) -> Result<Option<plugin_api::Message>, StoreError> {
        self.read(move |connection| {
            let message = find(connection, &key)?;
            message
                .map(|message| accept::load(connection, message))
                .transpose()
        })
        .await
    }

    async fn decisions(&self, key: MessageKey) -> Result<Vec<StoredDecision>, StoreError> {
        self.read(move |connection| {
            let Some(message) = find(connection, &key)? else {
                return Ok(Vec::new());
            };
            let mut statement = connection.prepare_cached(
                "SELECT number, decision FROM attempts WHERE message = ?1 ORDER BY number",
            )?;
            let rows = statement.query_map([message], |row| {
                Ok(StoredDecision {
                    attempt: row.get("number")?,
                    decision: json(row, "decision")?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    async fn search(&self, filter: MessageFilter) -> Result<MessagePage, StoreError> {
        self.read(move |connection| {
            let (conditions, values) = conditions(&filter);
            let total = connection
                .prepare_cached(&format!("SELECT count(*) FROM messages WHERE {conditions}"))?
                .query_row(params_from_iter(&values), |row| row.get(0))?;
            let page = format!(
                "SELECT seq FROM messages WHERE {conditions} ORDER BY seq DESC LIMIT {} OFFSET {}",
                filter.count, filter.offset
            );
            let mut statement = connection.prepare_cached(&page)?;
            let found: Vec<i64> = statement
                .query_map(params_from_iter(&values), |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            let messages = found
                .into_iter()
                .map(|message| summary(connection, message));
            Ok(MessagePage {
                total,
                messages: messages.collect::<Result<_, _>>()?,
            })
        })
        .await
    }
}

/// The one message that is meant: an account and a tracking id name one, a tracking id alone may name several.
pub(super) fn find(connection: &Connection, key: &MessageKey) -> Result<Option<i64>, StoreError> {
    let account = key.account.as_deref().map(AccountKey::of);
    let mut statement = connection.prepare_cached(
        "SELECT seq, account FROM messages WHERE tracking_id = ?1 AND (?2 IS NULL OR account = ?2) ORDER BY seq",
    )?;
    let rows = statement.query_map(
        params![
            key.tracking_id.to_bytes(),
            account.as_ref().map(AccountKey::as_str)
        ],
        |row| Ok((row.get("seq")?, row.get("account")?)),
    )?;
    let found: Vec<(i64, String)> = rows.collect::<Result<_, _>>()?;
    if found.len() > 1 {
        return Err(StoreError::Ambiguous {
            tracking_id: key.tracking_id,
            accounts: found.into_iter().map(|(_, account)| account).collect(),
        });
    }
    Ok(found.first().map(|(message, _)| *message))
}

/// Each condition that is set, joined by AND; values are bound, never pasted.
fn conditions(filter: &MessageFilter) -> (String, Vec<Value>) {
    let mut conditions = vec!["1".to_owned()];
    let mut values = Vec::new();
    let mut add = |condition: &str, value: Option<Value>| {
        if let Some(value) = value {
            conditions.push(condition.to_owned());
            values.push(value);
        }
    };
    let text = |text: &Option<String>| text.clone().map(Value::Text);
    let micros =
        |time: Option<jiff::Timestamp>| time.map(|time| Value::Integer(time.as_microsecond()));
    let account = filter.account.as_deref().map(AccountKey::of);
    let lead = filter.lead.as_deref().map(LeadKey::of);
    let recipient = filter.recipient.as_deref().map(ContactAddress::of);
    let (key, value) = filter.metadata.clone().unzip();
    let id = filter
        .tracking_id
        .map(|id| Value::Blob(id.to_bytes().into()));
    add("tracking_id = ?", id);
    add("account = ?", account.map(|key| Value::Text(key.into())));
    add("lead = ?", lead.map(|key| Value::Text(key.into())));
    add(
        "seq IN (SELECT message FROM recipients WHERE address_key = ?)",
        recipient.map(|key| Value::Text(key.into())),
    );
    add("instr(lower(sender), lower(?)) > 0", text(&filter.from));
    add("tag = ?", text(&filter.tag));
    add("instr(lower(subject), lower(?)) > 0", text(&filter.subject));
    let stream = match filter.or_no_stream {
        true => "(stream IS NULL OR stream = ?)",
        false => "stream = ?",
    };
    add(stream, text(&filter.stream));
    add("accepted_at >= ?", micros(filter.from_date));
    add("accepted_at < ?", micros(filter.to_date));
    if let (Some(key), Some(value)) = (key, value) {
        conditions.push(
            "EXISTS (SELECT 1 FROM json_each(metadata) WHERE lower(json_each.key) = lower(?) AND json_each.value = ?)"
                .to_owned(),
        );
        values.extend([Value::Text(key), Value::Text(value)]);
    }
    if !filter.states.is_empty() {
        let words: Vec<String> = filter
            .states
            .iter()
            .map(|state| format!("'{state}'"))
            .collect();
        conditions.push(format!("state IN ({})", words.join(", ")));
    }
    (conditions.join(" AND "), values)
}

fn summary(connection: &Connection, message: i64) -> Result<MessageSummary, StoreError> {
    let recipients = recipients(connection, message)?;
    let mut statement = connection.prepare_cached("SELECT * FROM messages WHERE seq = ?1")?;
    let mut summary = statement.query_row([message], |row| read_summary(row, recipients))?;
    summary.attachments = attachments(connection, message)?;
    Ok(summary)
}

fn read_summary(row: &Row<'_>, recipients: Vec<RecipientView>) -> rusqlite::Result<MessageSummary> {
    let track_links: Option<String> = row.get("track_links")?;
    Ok(MessageSummary {
        tracking_id: tracking_id(row, "tracking_id")?,
        account: row.get("account")?,
        lead: row.get("lead")?,
        user_account: row.get("user_account")?,
        from: row.get("sender")?,
        subject: row.get("subject")?,
        tag: row.get("tag")?,
        stream: row.get("stream")?,
        metadata: json(row, "metadata")?,
        attachments: Vec::new(),
        track_opens: row.get("track_opens")?,
        track_links: track_links.as_deref().and_then(link_choice),
        state: parsed(row, "state", str::parse)?,
        reason: row.get("reason")?,
        route: row.get("route")?,
        provider: row.get("provider")?,
        provider_message_id: row.get("provider_message_id")?,
        accepted_at: get_time(row, "accepted_at")?,
        next_at: optional_time(row, "next_at")?,
        finalized_at: optional_time(row, "finalized_at")?,
        doubled: row.get("doubled")?,
        recipients,
    })
}

fn attachments(connection: &Connection, message: i64) -> Result<Vec<String>, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT name FROM attachments WHERE message = ?1 ORDER BY position")?;
    let names = statement.query_map([message], |row| row.get(0))?;
    Ok(names.collect::<Result<_, _>>()?)
}

fn recipients(connection: &Connection, message: i64) -> Result<Vec<RecipientView>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT address, name, kind, status, status_at, reason FROM recipients WHERE message = ?1 ORDER BY position",
    )?;
    let rows = statement.query_map([message], |row| {
        Ok(RecipientView {
            address: row.get("address")?,
            name: row.get("name")?,
            kind: row.get("kind")?,
            status: row.get("status")?,
            status_at: optional_time(row, "status_at")?,
            reason: row.get("reason")?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn attempts(connection: &Connection, message: i64) -> Result<Vec<AttemptView>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT * FROM attempts WHERE message = ?1 ORDER BY number")?;
    let rows = statement.query_map([message], |row| {
        let claimed_at = get_time(row, "claimed_at")?;
        let finished_at = optional_time(row, "finished_at")?;
        Ok(AttemptView {
            number: row.get("number")?,
            provider: row.get("provider")?,
            plugin_name: row.get("plugin_name")?,
            plugin_version: row.get("plugin_version")?,
            claimed_at,
            finished_at,
            duration: finished_at
                .map(|end| Duration::try_from(end.duration_since(claimed_at)).unwrap_or_default()),
            outcome: row.get("outcome")?,
            provider_code: row.get("provider_code")?,
            provider_message_id: row.get("provider_message_id")?,
            detail: row.get("detail")?,
            next: row.get("next")?,
            next_at: optional_time(row, "next_at")?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn timeline(connection: &Connection, message: i64) -> Result<Vec<TimelineEntry>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT occurred_at, received_at, events.kind AS kind, address, detail, provider FROM events
         LEFT JOIN recipients ON recipients.message = events.message AND address_key = recipient_key
         WHERE events.message = ?1 GROUP BY events.seq ORDER BY occurred_at, events.seq",
    )?;
    let rows = statement.query_map([message], |row| {
        Ok(TimelineEntry {
            at: get_time(row, "occurred_at")?,
            received_at: get_time(row, "received_at")?,
            kind: row.get("kind")?,
            recipient: row.get("address")?,
            detail: row.get("detail")?,
            source: row.get("provider")?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
