//! Accepting: the message, its recipients, bodies and attachments, and the gate's first look, in one transaction.

use std::collections::BTreeMap;

use async_trait::async_trait;
use futures_util::future::join_all;
use plugin_api::{Attachment, Mailbox, Message};
use rusqlite::{Connection, OptionalExtension, named_params, params};

use super::rows::{get_time, kind_word};
use super::{SqliteStore, gate, moves, orphans};
use crate::compliance::{AccountKey, ContactAddress, LeadKey, RecipientKind};
use crate::delivery::MessageState;
use crate::store::content::{StoredContent, hash, link_word};
use crate::store::{AcceptOutcome, DueRecipient, Intake, NewMessage, Stopped, StoreError};

/// A message ready to be written: what can be computed is computed before the writing thread is asked.
struct Prepared {
    new: NewMessage,
    content: String,
    hash: [u8; 32],
    account: AccountKey,
    lead: Option<LeadKey>,
    recipients: Vec<(RecipientKind, Mailbox)>,
    blobs: Vec<[u8; 32]>,
}

#[async_trait]
impl Intake for SqliteStore {
    async fn accept(&self, messages: Vec<NewMessage>) -> Vec<Result<AcceptOutcome, StoreError>> {
        let store = |message| {
            let prepared = Prepared::new(message);
            self.write(move |connection| prepared?.store(connection))
        };
        // All are on their way before the first is waited for, so that one transaction serves them.
        join_all(messages.into_iter().map(store)).await
    }
}

impl Prepared {
    fn new(new: NewMessage) -> Result<Self, StoreError> {
        let message = &new.message;
        let content = serde_json::to_string(&StoredContent::of(message)?)?;
        let of = |kind| move |mailbox: &Mailbox| (kind, mailbox.clone());
        let recipients = message
            .to()
            .map(of(RecipientKind::To))
            .chain(message.cc().map(of(RecipientKind::Cc)))
            .chain(message.bcc().map(of(RecipientKind::Bcc)));
        let files = message.attachments();
        let digest = |file: &Attachment| blake3::hash(file.content()).into();
        let blobs: Vec<[u8; 32]> = files.iter().map(digest).collect();
        Ok(Self {
            hash: hash(&content, files, &blobs),
            content,
            account: AccountKey::of_optional(message.account_uid()),
            lead: message.lead_uid().map(LeadKey::of),
            recipients: recipients.collect(),
            blobs,
            new,
        })
    }

    fn store(&self, connection: &Connection) -> Result<AcceptOutcome, StoreError> {
        if let Some(earlier) = self.earlier(connection)? {
            return Ok(earlier);
        }
        let message = self.insert_message(connection)?;
        let recipients = self.insert_recipients(connection, message)?;
        self.insert_content(connection, message)?;
        orphans::adopt(
            connection,
            message,
            &self.account,
            self.new.message.tracking_id(),
        )?;
        let lead = self.lead.as_ref().map(LeadKey::as_str);
        let verdict = gate::ask(
            connection,
            self.account.as_str(),
            lead,
            &recipients,
            self.new.essential,
        )?;
        let at = self.new.accepted_at;
        gate::leave_out(connection, message, &verdict, &recipients, at)?;
        if verdict.stopped_by().is_some() {
            let reason = verdict.to_string();
            moves::finish(connection, message, MessageState::Suppressed, &reason, at)?;
        }
        let stopped = match verdict.masked_positions().next() {
            None if verdict.stopped_by().is_none() => Stopped::default(),
            _ => stopped(connection, message)?,
        };
        Ok(AcceptOutcome::Recorded {
            accepted_at: at,
            repeat: false,
            stopped,
        })
    }

    fn earlier(&self, connection: &Connection) -> Result<Option<AcceptOutcome>, StoreError> {
        let mut statement = connection.prepare_cached(
            "SELECT seq, content_hash, accepted_at FROM messages WHERE account = ?1 AND tracking_id = ?2",
        )?;
        let id = self.new.message.tracking_id().to_bytes();
        let found = statement.query_row(params![self.account.as_str(), id], |row| {
            let hash: [u8; 32] = row.get("content_hash")?;
            Ok((row.get("seq")?, hash, get_time(row, "accepted_at")?))
        });
        let Some((message, hash, accepted_at)) = found.optional()? else {
            return Ok(None);
        };
        if hash != self.hash {
            return Ok(Some(AcceptOutcome::Conflict));
        }
        Ok(Some(AcceptOutcome::Recorded {
            accepted_at,
            repeat: true,
            stopped: stopped(connection, message)?,
        }))
    }

    fn insert_message(&self, connection: &Connection) -> Result<i64, StoreError> {
        let new = &self.new;
        let message = &new.message;
        let metadata: BTreeMap<_, _> = message.metadata().collect();
        let accepted_at = new.accepted_at;
        let not_before = new.send_at.map_or(accepted_at, |at| at.max(accepted_at));
        connection
            .prepare_cached(
                "INSERT INTO messages (tracking_id, account, content_hash, lead, user_account, sender, subject, tag, stream, metadata,
                    route, size, priority, essential, templated, track_opens, track_links,
                    state, state_since, accepted_at, not_before, next_at)
                 VALUES (:tracking_id, :account, :content_hash, :lead, :user_account, :sender, :subject, :tag, :stream, :metadata,
                    :route, :size, :priority, :essential, :templated, :track_opens, :track_links,
                    'queued', :accepted_at, :accepted_at, :not_before, :not_before)",
            )?
            .execute(named_params! {
                ":tracking_id": message.tracking_id().to_bytes(),
                ":account": self.account.as_str(),
                ":content_hash": self.hash,
                ":lead": self.lead.as_ref().map(LeadKey::as_str),
                ":user_account": message.user_account_uid(),
                ":sender": message.from().to_string(),
                ":subject": message.subject(),
                ":tag": message.tag(),
                ":stream": message.stream(),
                ":metadata": serde_json::to_string(&metadata)?,
                ":route": new.route,
                ":size": new.size,
                ":priority": new.priority,
                ":essential": new.essential,
                ":templated": message.template().is_some(),
                ":track_opens": message.track_opens(),
                ":track_links": message.track_links().map(link_word),
                ":accepted_at": accepted_at.as_microsecond(),
                ":not_before": not_before.as_microsecond(),
            })?;
        Ok(connection.last_insert_rowid())
    }

    fn insert_recipients(
        &self,
        connection: &Connection,
        message: i64,
    ) -> Result<Vec<DueRecipient>, StoreError> {
        let mut statement = connection.prepare_cached(
            "INSERT INTO recipients (message, position, kind, address, name, address_key) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?;
        let mut stored = Vec::with_capacity(self.recipients.len());
        for (position, (kind, mailbox)) in (0u32..).zip(&self.recipients) {
            let key = ContactAddress::of(mailbox.address());
            statement.execute(params![
                message,
                position,
                kind_word(*kind),
                mailbox.address(),
                mailbox.name(),
                key.as_str(),
            ])?;
            stored.push(DueRecipient {
                position,
                kind: *kind,
                address: mailbox.address().to_owned(),
                settled: false,
            });
        }
        Ok(stored)
    }

    fn insert_content(&self, connection: &Connection, message: i64) -> Result<(), StoreError> {
        connection
            .prepare_cached("INSERT INTO bodies (message, content) VALUES (?1, ?2)")?
            .execute(params![message, self.content])?;
        let files = self.new.message.attachments().iter().zip(&self.blobs);
        for (position, (file, blob)) in (0u32..).zip(files) {
            connection
                .prepare_cached(
                    "INSERT INTO blobs (hash, bytes) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
                )?
                .execute(params![blob, file.content()])?;
            connection
                .prepare_cached(
                    "INSERT INTO attachments (message, position, name, content_type, content_id, blob) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                )?
                .execute(params![message, position, file.name(), file.content_type(), file.content_id(), blob])?;
        }
        Ok(())
    }
}

/// Whom the gate left out when the message was accepted, and not later.
fn stopped(connection: &Connection, message: i64) -> Result<Stopped, StoreError> {
    let whole = connection
        .prepare_cached("SELECT reason FROM messages WHERE seq = ?1 AND state = 'suppressed' AND finalized_at = accepted_at")?
        .query_row([message], |row| row.get(0))
        .optional()?;
    let mut statement = connection.prepare_cached(
        "SELECT position FROM recipients JOIN messages ON seq = message
         WHERE message = ?1 AND status = 'suppressed' AND status_at = accepted_at AND recipients.reason = ?2",
    )?;
    let rows = statement.query_map(params![message, gate::LEFT_OUT], |row| row.get(0))?;
    Ok(Stopped {
        positions: rows.collect::<Result<_, _>>()?,
        whole,
    })
}

/// A stored message with its attachments.
pub(super) fn load(connection: &Connection, message: i64) -> Result<Message, StoreError> {
    let content: String = connection
        .prepare_cached("SELECT content FROM bodies WHERE message = ?1")?
        .query_row([message], |row| row.get(0))?;
    let mut statement = connection.prepare_cached(
        "SELECT name, content_type, content_id, bytes FROM attachments JOIN blobs ON hash = blob WHERE message = ?1 ORDER BY position",
    )?;
    let files = statement.query_map([message], |row| {
        let file = Attachment::new(
            row.get::<_, String>("name")?,
            row.get::<_, String>("content_type")?,
            row.get::<_, Vec<u8>>("bytes")?,
        );
        Ok(match row.get::<_, Option<String>>("content_id")? {
            Some(id) => file.inline(id),
            None => file,
        })
    })?;
    let files = files.collect::<Result<_, _>>()?;
    serde_json::from_str::<StoredContent>(&content)?.into_message(files)
}
