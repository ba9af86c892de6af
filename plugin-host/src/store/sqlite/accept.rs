//! Accepting: the message, its recipients, bodies and attachments, and the gate's first look, in one transaction.

use std::collections::BTreeMap;

use async_trait::async_trait;
use plugin_api::{Attachment, Mailbox, Message};
use rusqlite::{Connection, OptionalExtension, params};

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
    sender: String,
    metadata: String,
    recipients: Vec<(RecipientKind, Mailbox)>,
    blobs: Vec<[u8; 32]>,
}

#[async_trait]
impl Intake for SqliteStore {
    async fn accept(&self, messages: Vec<NewMessage>) -> Vec<Result<AcceptOutcome, StoreError>> {
        let mut answers = Vec::with_capacity(messages.len());
        let mut pieces = Vec::with_capacity(messages.len());
        for message in messages {
            let prepared = Prepared::new(message);
            answers.push(prepared.map(|prepared| {
                pieces.push(move |connection: &Connection| prepared.store(connection));
            }));
        }
        // All at once, so that one transaction serves them.
        let mut stored = self.write_each(pieces).await.into_iter();
        let mut next = || stored.next().unwrap_or(Err(StoreError::Closed));
        let answers = answers.into_iter();
        answers
            .map(|prepared| prepared.and_then(|()| next()))
            .collect()
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
        let metadata: BTreeMap<_, _> = message.metadata().collect();
        Ok(Self {
            hash: hash(&content, files, &blobs),
            content,
            account: AccountKey::of_optional(message.account_uid()),
            lead: message.lead_uid().map(LeadKey::of),
            sender: message.from().to_string(),
            metadata: serde_json::to_string(&metadata)?,
            recipients: recipients.collect(),
            blobs,
            new,
        })
    }

    fn store(&self, connection: &Connection) -> Result<AcceptOutcome, StoreError> {
        let Some(message) = self.insert_message(connection)? else {
            return self.earlier(connection);
        };
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

    /// What a message of this id was answered when it came in first, if it is the same.
    fn earlier(&self, connection: &Connection) -> Result<AcceptOutcome, StoreError> {
        let mut statement = connection.prepare_cached(
            "SELECT seq, content_hash, accepted_at FROM messages WHERE account = ?1 AND tracking_id = ?2",
        )?;
        let id = self.new.message.tracking_id().to_bytes();
        let key = params![self.account.as_str(), id];
        let (message, hash, accepted_at) = statement.query_row(key, |row| {
            let hash: [u8; 32] = row.get("content_hash")?;
            Ok((row.get("seq")?, hash, get_time(row, "accepted_at")?))
        })?;
        if hash != self.hash {
            return Ok(AcceptOutcome::Conflict);
        }
        Ok(AcceptOutcome::Recorded {
            accepted_at,
            repeat: true,
            stopped: stopped(connection, message)?,
        })
    }

    /// `None`: a message of this id is there already.
    fn insert_message(&self, connection: &Connection) -> Result<Option<i64>, StoreError> {
        let new = &self.new;
        let message = &new.message;
        let accepted_at = new.accepted_at;
        let inserted = connection
            .prepare_cached(
                "INSERT INTO messages (tracking_id, account, content_hash, lead, user_account, sender, subject, tag, stream, metadata,
                    route, size, priority, essential, templated, track_opens, track_links,
                    state, state_since, accepted_at, not_before, next_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, 'queued', ?18, ?18, ?19, ?19)
                 ON CONFLICT (account, tracking_id) DO NOTHING",
            )?
            .execute(params![
                message.tracking_id().to_bytes(),
                self.account.as_str(),
                self.hash,
                self.lead.as_ref().map(LeadKey::as_str),
                message.user_account_uid(),
                self.sender,
                message.subject(),
                message.tag(),
                message.stream(),
                self.metadata,
                new.route,
                new.size,
                new.priority,
                new.essential,
                message.template().is_some(),
                message.track_opens(),
                message.track_links().map(link_word),
                accepted_at.as_microsecond(),
                new.not_before().as_microsecond(),
            ])?;
        Ok((inserted > 0).then(|| connection.last_insert_rowid()))
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
