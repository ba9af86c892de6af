//! What a simulator accepted, request by request: the independent witness by which a test counts lost and doubled messages.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use serde::Serialize;
use tokio::sync::watch;

use super::service::lock;

/// One message the service took responsibility for, whether or not the client ever heard of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LedgerEntry {
    /// The id the service gave the message; at SendGrid all personalizations of a request share one.
    pub message_id: String,
    /// The sender's own id: `TrackingId` of the metadata (SendGrid: of the `custom_args`), in any letter case.
    pub tracking_id: Option<String>,
    /// Name of the account (Postmark: server) whose token was used.
    pub account: String,
    /// The message stream it was sent on; at SendGrid the unsubscribe group, empty without one.
    pub stream: String,
    /// Bare addresses of To, Cc and Bcc that it will be delivered to, lower case.
    pub recipients: Vec<String>,
    /// Bare addresses left out because the service's list suppresses them, lower case.
    pub suppressed: Vec<String>,
    /// The subject after template rendering.
    pub subject: String,
    /// The tag, or the first category, if it has one.
    pub tag: Option<String>,
    /// When it was accepted, on the simulator's clock.
    pub accepted_at: Timestamp,
    /// Number of the request that carried it, from 1.
    pub request: u64,
    /// Number of the connection that carried it, from 1.
    pub connection: u64,
    /// Its place in a batch, or among the personalizations, from 0.
    pub item: usize,
}

/// A TrackingId that was accepted more than once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Duplicate {
    /// The id in question.
    pub tracking_id: String,
    /// Every message accepted under it, oldest first; at least two.
    pub message_ids: Vec<String>,
}

/// Totals since the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Counts {
    /// Connections accepted, control calls included.
    pub connections: u64,
    /// Requests to the service's own paths, refused and unanswered ones included.
    pub requests: u64,
    /// Messages accepted.
    pub accepted: u64,
    /// Acceptances beyond the first under the same TrackingId.
    pub duplicates: u64,
}

/// The simulator's record. Reading it never blocks the service for longer than a copy takes.
#[derive(Debug)]
pub struct Ledger {
    connections: AtomicU64,
    requests: AtomicU64,
    entries: Mutex<Vec<LedgerEntry>>,
    accepted: watch::Sender<usize>,
}

impl Ledger {
    pub(super) fn new() -> Self {
        Self {
            connections: AtomicU64::new(0),
            requests: AtomicU64::new(0),
            entries: Mutex::new(Vec::new()),
            accepted: watch::channel(0).0,
        }
    }

    /// Number of messages accepted so far.
    #[must_use]
    pub fn accepted(&self) -> usize {
        *self.accepted.borrow()
    }

    /// Waits until at least `count` messages were accepted. Returns never if that many do not come: put a deadline around it.
    pub async fn wait_for_accepted(&self, count: usize) {
        let mut accepted = self.accepted.subscribe();
        // The sender lives as long as `self`, so the wait cannot fail.
        let _ = accepted.wait_for(|n| *n >= count).await;
    }

    /// All accepted messages, in order of acceptance.
    #[must_use]
    pub fn entries(&self) -> Vec<LedgerEntry> {
        lock(&self.entries).clone()
    }

    /// The messages accepted under one TrackingId, ignoring letter case, oldest first.
    #[must_use]
    pub fn find(&self, tracking_id: &str) -> Vec<LedgerEntry> {
        let is_it = |entry: &&LedgerEntry| {
            entry
                .tracking_id
                .as_deref()
                .is_some_and(|id| id.eq_ignore_ascii_case(tracking_id))
        };
        lock(&self.entries).iter().filter(is_it).cloned().collect()
    }

    /// Every TrackingId accepted more than once, ignoring letter case, sorted. Messages without a TrackingId are not compared.
    #[must_use]
    pub fn duplicates(&self) -> Vec<Duplicate> {
        duplicates(&lock(&self.entries))
    }

    /// Totals since the start.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let entries = lock(&self.entries);
        Counts {
            connections: self.connections.load(Ordering::Relaxed),
            requests: self.requests.load(Ordering::Relaxed),
            accepted: entries.len() as u64,
            duplicates: duplicates(&entries)
                .iter()
                .map(|it| it.message_ids.len() as u64 - 1)
                .sum(),
        }
    }

    pub(super) fn count_connection(&self) -> u64 {
        self.connections.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(super) fn count_request(&self) -> u64 {
        self.requests.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(super) fn record(&self, entry: LedgerEntry) {
        let mut entries = lock(&self.entries);
        entries.push(entry);
        self.accepted.send_replace(entries.len());
    }
}

fn duplicates(entries: &[LedgerEntry]) -> Vec<Duplicate> {
    let mut by_id: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for entry in entries {
        if let Some(id) = &entry.tracking_id {
            by_id
                .entry(id.to_ascii_lowercase())
                .or_default()
                .push(entry.message_id.clone());
        }
    }
    by_id
        .into_iter()
        .filter(|(_, message_ids)| message_ids.len() > 1)
        .map(|(tracking_id, message_ids)| Duplicate {
            tracking_id,
            message_ids,
        })
        .collect()
}
