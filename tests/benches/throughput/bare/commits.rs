//! The three commits of a message's life: for each statement, where a finished store has the values it wrote, one row a message.

/// What one commit writes for each message.
pub(crate) type Commit = &'static [Write];

pub(crate) struct Write {
    /// Finds the values, in the order of messages.
    pub(super) values: &'static str,
    pub(super) write: &'static str,
}

/// A message comes in.
pub(crate) const ACCEPT: Commit = &[
    Write {
        values: "SELECT seq, tracking_id, account, content_hash, lead, user_account, sender, subject, tag, stream, metadata, route, size,
                    priority, essential, templated, accepted_at, not_before, track_opens, track_links
                 FROM messages ORDER BY seq",
        write: "INSERT INTO messages (seq, tracking_id, account, content_hash, lead, user_account, sender, subject, tag, stream, metadata,
                    route, size, priority, essential, templated, state, state_since, next_at, accepted_at, not_before, track_opens,
                    track_links)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, 'queued', ?17, ?18, ?17, ?18, ?19, ?20)",
    },
    Write {
        values: "SELECT message, position, kind, address, name, address_key FROM recipients ORDER BY message",
        write: "INSERT INTO recipients (message, position, kind, address, name, address_key) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    },
    Write {
        values: "SELECT message, content FROM bodies ORDER BY message",
        write: "INSERT INTO bodies (message, content) VALUES (?1, ?2)",
    },
];

/// It is claimed for a provider.
pub(crate) const ATTEMPT: Commit = &[
    Write {
        values: "SELECT seq, message, number, provider, plugin_name, plugin_version, plugin_hash, provider_account, stream, masked,
                    decision, epoch, claimed_at, soft_deadline, hard_deadline
                 FROM attempts ORDER BY message",
        write: "INSERT INTO attempts (seq, message, number, provider, plugin_name, plugin_version, plugin_hash, provider_account, stream,
                    masked, decision, epoch, claimed_at, soft_deadline, hard_deadline)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
    },
    Write {
        values: "SELECT message, claimed_at, provider FROM attempts ORDER BY message",
        write: "UPDATE messages SET state = 'sending', state_since = ?2, next_at = NULL, attempts = 1, provider = ?3 WHERE seq = ?1",
    },
];

/// The provider has taken it.
pub(crate) const RESULT: Commit = &[
    Write {
        values: "SELECT seq, finished_at, outcome, provider_message_id, next FROM attempts ORDER BY message",
        write: "UPDATE attempts SET finished_at = ?2, outcome = ?3, provider_message_id = ?4, next = ?5 WHERE seq = ?1",
    },
    Write {
        values: "SELECT message, status, status_at FROM recipients ORDER BY message",
        write: "UPDATE recipients SET status = ?2, status_at = ?3 WHERE message = ?1",
    },
    Write {
        values: "SELECT seq, state, state_since, provider_message_id FROM messages ORDER BY seq",
        write: "UPDATE messages SET state = ?2, state_since = ?3, finalized_at = ?3, provider_message_id = ?4 WHERE seq = ?1",
    },
    Write {
        values: "SELECT at, kind, body FROM feed ORDER BY seq",
        write: "INSERT INTO feed (at, kind, body) VALUES (?1, ?2, ?3)",
    },
];
