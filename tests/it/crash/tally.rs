//! What the service accepted beside what the host says: lost, doubled, in doubt, resolved.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use plugin_host::{MessageFilter, MessageState, MessageSummary, Record};
use plugin_testkit::simulator::RunningSimulator;

/// The time between two looks at a record that another process writes.
pub(super) async fn glance() {
    tokio::time::sleep(Duration::from_millis(100)).await;
}

/// The host's record of some messages, read beside the running host.
pub(super) struct Log {
    pub(super) messages: BTreeMap<String, MessageSummary>,
    pub(super) ever_in_doubt: BTreeSet<String>,
}

impl Log {
    pub(super) async fn read(store: &Path) -> Self {
        let record = Record::open(store).expect("a store");
        let all = MessageFilter {
            count: 100_000,
            ..MessageFilter::default()
        };
        let page = record.search(&all).await.expect("it can be read");
        let feed = record
            .events(0, usize::MAX >> 1)
            .await
            .expect("it can be read");
        let doubts = feed
            .into_iter()
            .filter(|event| event.kind == "message.in-doubt");
        let id_of = |body: &serde_json::Map<_, _>| {
            let id: &serde_json::Value = body.get("tracking_id")?;
            id.as_str().map(str::to_owned)
        };
        Self {
            messages: page
                .messages
                .into_iter()
                .map(|one| (one.tracking_id.to_string(), one))
                .collect(),
            ever_in_doubt: doubts.filter_map(|event| id_of(&event.body)).collect(),
        }
    }

    /// Whether nothing moves any more.
    pub(super) fn is_settled(&self, ids: &[String]) -> bool {
        let is_final = |id| {
            let known = self.messages.get(id);
            known.is_some_and(|one: &MessageSummary| one.state.is_final())
        };
        ids.iter().all(is_final)
    }
}

/// The comparison.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) messages: usize,
    pub(super) sent: usize,
    pub(super) suppressed: usize,
    /// Nowhere, or said to be sent and unknown to the service, or accepted by the service and said not to be.
    pub(super) lost: usize,
    /// Acceptances beyond the first, by the services' own ledgers.
    pub(super) doubled: usize,
    /// The same by the host's.
    pub(super) doubled_and_known: usize,
    /// Ever in doubt.
    pub(super) in_doubt: usize,
    /// Of these, settled in the end.
    pub(super) resolved: usize,
}

impl Tally {
    pub(super) fn of(ids: &[String], log: &Log, services: &[&RunningSimulator]) -> Self {
        let accepted = |id: &str| -> Vec<String> {
            let found = services
                .iter()
                .flat_map(|service| service.ledger().find(id));
            found.map(|entry| entry.message_id).collect()
        };
        let mut tally = Self {
            messages: ids.len(),
            ..Self::default()
        };
        for id in ids {
            let mails = accepted(id);
            tally.doubled += mails.len().saturating_sub(1);
            let Some(message) = log.messages.get(id) else {
                tally.lost += 1;
                continue;
            };
            let is_named = message
                .provider_message_id
                .as_ref()
                .is_some_and(|named| mails.contains(named));
            let is_true = match message.state {
                MessageState::Sent => is_named,
                state if state.is_final() => mails.is_empty(),
                _ => false,
            };
            tally.lost += usize::from(!is_true);
            tally.sent += usize::from(message.state == MessageState::Sent);
            tally.suppressed += usize::from(message.state == MessageState::Suppressed);
            tally.doubled_and_known += message.doubled as usize;
            if log.ever_in_doubt.contains(id) {
                tally.in_doubt += 1;
                tally.resolved += usize::from(message.state.is_final());
            }
        }
        tally
    }
}
