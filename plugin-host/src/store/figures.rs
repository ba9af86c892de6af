//! The record in figures: for dashboards, for monitoring, and for whoever wants to know that nothing is missing.

use std::collections::BTreeMap;

use plugin_api::TrackingId;
use serde::Serialize;

use super::StateTotal;

/// What is not final yet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Backlog {
    /// Messages per state that is not final; states without any are left out.
    pub states: Vec<StateTotal>,
    /// Those in doubt that wait for a person: presumed absent, on a route that holds.
    pub held: u64,
}

/// What has happened since the store was made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Messages accepted, ever.
    pub accepted: u64,
    /// Lines of the feed so far, by kind: `message.sent` and so on.
    pub kinds: BTreeMap<String, u64>,
    /// The last line counted.
    pub through: i64,
}

/// Every accepted message is in exactly one of these: `accepted` is the sum of all but `doubled`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Balance {
    /// Messages the host has said yes to.
    pub accepted: u64,
    /// Accepted by a provider.
    pub sent: u64,
    /// Stopped by Do Not Contact or by the provider's own list.
    pub suppressed: u64,
    /// Refused for good.
    pub rejected: u64,
    /// Called back.
    pub cancelled: u64,
    /// Queued, or waiting for another attempt.
    pub waiting: u64,
    /// In a call to a provider.
    pub sending: u64,
    /// Perhaps accepted by a provider; evidence is sought.
    pub in_doubt: u64,
    /// Perhaps accepted by a provider; a person decides.
    pub held: u64,
    /// In no state that anything will ever move again, or gone from the record.
    pub lost: u64,
    /// Second mails that came to light.
    pub doubled: u64,
    /// The first few of those that are lost, as far as their ids are known.
    #[serde(serialize_with = "as_texts")]
    pub lost_messages: Vec<TrackingId>,
}

impl Tally {
    /// Adds what a later look found behind `through`.
    pub fn add(&mut self, later: Self) {
        self.accepted = later.accepted;
        self.through = later.through;
        for (kind, lines) in later.kinds {
            *self.kinds.entry(kind).or_default() += lines;
        }
    }
}

fn as_texts<S: serde::Serializer>(ids: &[TrackingId], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(ids.iter().map(ToString::to_string))
}
