//! Accepting: the message, its recipients, bodies and attachments, and the gate's first look, in one transaction.

use async_trait::async_trait;
use plugin_api::{Attachment, Mailbox, Message};
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::rows::{get_time, kind_word};
use super::{SqliteStore, gate, moves, orphans};
use crate::compliance::{AccountKey, ContactAddress, LeadKey, RecipientKind};
use crate::delivery::MessageState;
use crate::store::content::{StoredContent, link_word};
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
        let mut waiting = Vec::with_capacity(messages.len());
        for message in messages {
            let prepared = Prepared::new(message);
            waiting.push(self.write(move |connection| prepared?.store(connection)));
        }
        join_in_order(waiting).await
    }
}

/// Starts all before it waits for the first, so that one transaction serves them.
async fn join_in_order<T>(futures: Vec<impl Future<Output = T>>) -> Vec<T> {
    let mut pending: Vec<_> = futures.into_iter().map(Box::pin).collect();
    let mut done: Vec<Option<T>> = pending.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (future, result) in pending.iter_mut().zip(&mut done) {
            if result.is_none()
                && let std::task::Poll::Ready(value) = future.as_mut().poll(context)
            {
                *result = Some(value);
            }
        }
        if done.iter().all(Option::is_some) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    done.into_iter().flatten().collect()
}

impl Prepared {
    fn new(new: NewMessage) -> Result<Self, StoreError> {
        let message = &new.message;
        let content = StoredContent::of(message)?;
        let hash = content.hash(message.attachments())?;
        let of = |kind, mailbox: &Mailbox| (kind, mailbox.clone());
        let recipients = message
            .to()
            .map(|mailbox| of(RecipientKind::To, mailbox))
            .chain(message.cc().map(|mailbox| of(RecipientKind::Cc, mailbox)))
            .chain(message.bcc().map(|mailbox| of(RecipientKind::Bcc, mailbox)));
        let blobs = message
            .attachments()
            .iter()
            .map(|file| Sha256::digest(file.content()).into());
        Ok(Self {
            content: serde_json::to_string(&content)?,
            hash,
            account: AccountKey::of_optional(message.account_uid()),
            lead: message.lead_uid().map(LeadKey::of),
            recipients: recipients.collect(),
            blobs: blobs.collect(),
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
        Ok(AcceptOutcome::Recorded {
            accepted_at: at,
            repeat: false,
            stopped: stopped(connection, message)?,
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
        let metadata: serde_json::Map<_, _> = message
            .metadata()
            .map(|(key, value)| (key.to_owned(), json!(value)))
            .collect();
        let accepted_at = new.accepted_at.as_microsecond();
        let due = new
            .send_at
            .map_or(accepted_at, |at| at.as_microsecond().max(accepted_at));
        connection
            .prepare_cached(
                "INSERT INTO messages (tracking_id, account, content_hash, lead, user_account, sender, subject, tag, stream, metadata,
                    route, size, priority, essential, templated, state, state_since, next_at, accepted_at, not_before,
                    track_opens, track_links)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, 'queued', ?16, ?17, ?16, ?17, ?18, ?19)",
            )?
            .execute(params![
                message.tracking_id().to_bytes(),
                self.account.as_str(),
                self.hash,
                self.lead.as_ref().map(LeadKey::as_str),
                message.user_account_uid(),
                message.from().to_string(),
                message.subject(),
                message.tag(),
                message.stream(),
                serde_json::to_string(&metadata)?,
                new.route,
                new.size,
                new.priority,
                new.essential,
                message.template().is_some(),
                accepted_at,
                due,
                message.track_opens(),
                message.track_links().map(link_word),
            ])?;
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
