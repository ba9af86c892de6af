//! Whose health is remembered: each provider under each plugin version, and whatever part of it was refused.
//!
//! A new build of a plugin starts with a clean record.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    CallScope, Failure, FailureKind, Health, HealthKey, HealthPolicy, HealthState, RefusedScope,
    RestReason, Scope,
};

/// One record, for storage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthRecord {
    /// What it is filed under.
    #[serde(flatten)]
    pub key: HealthKey,
    /// What is remembered.
    pub health: Health,
}

/// One record, for people: dashboard, metrics, logs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HealthSnapshot {
    /// What it is about.
    #[serde(flatten)]
    pub key: HealthKey,
    /// Whether it may be asked now; the stored fields of [`HealthState`].
    pub health: HealthState,
    /// Since when it has not been well.
    pub since: Option<Timestamp>,
    /// When the next probe may go.
    pub next_probe: Option<Timestamp>,
    /// Failures in a row.
    pub failures: u32,
    /// What went wrong, also while half-open.
    pub reason: Option<RestReason>,
}

/// The health of all providers.
///
/// The moments given must come from one clock that is read while the book is held; a claim's `now` is its attempt's
/// `started`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HealthBook {
    policy: HealthPolicy,
    records: BTreeMap<HealthKey, Health>,
}

impl HealthBook {
    /// A book with the given records (none: everybody is well).
    pub fn new(policy: HealthPolicy, records: impl IntoIterator<Item = HealthRecord>) -> Self {
        let records = records
            .into_iter()
            .map(|HealthRecord { key, health }| (key, health))
            .collect();
        Self { policy, records }
    }

    /// Takes up the rests of an earlier process: who rested is asked with one message first, however long the rest had still been.
    pub fn take_up(&mut self, rests: impl IntoIterator<Item = HealthRecord>, now: Timestamp) {
        for HealthRecord { key, health } in rests {
            self.records.insert(key, health.taken_up(now));
        }
    }

    /// The records of those who rest, or have rested and not been asked since.
    pub fn rests(&self) -> impl Iterator<Item = HealthRecord> + '_ {
        self.records()
            .filter(|record| record.health.resting_since().is_some())
    }

    /// Every record, in the order of the keys.
    pub fn records(&self) -> impl Iterator<Item = HealthRecord> + '_ {
        self.records.iter().map(|(key, health)| HealthRecord {
            key: key.clone(),
            health: health.clone(),
        })
    }

    /// Every record as people want to see it at `now`, in the order of the keys.
    pub fn snapshots(&self, now: Timestamp) -> impl Iterator<Item = HealthSnapshot> + '_ {
        self.records
            .iter()
            .map(move |(key, health)| HealthSnapshot {
                key: key.clone(),
                health: health.state(now),
                since: health.resting_since(),
                next_probe: health.next_probe(),
                failures: health.failures(),
                reason: health.reason().cloned(),
            })
    }

    /// Whether nothing is remembered of anybody: everybody is well, and success is no news.
    pub fn is_blank(&self) -> bool {
        self.records.is_empty()
    }

    /// Whether this call may be made at `now`: of all parts it touches, the one that rests longest decides.
    pub fn state(&self, call: &CallScope<'_>, now: Timestamp) -> HealthState {
        if self.is_blank() {
            return HealthState::Closed;
        }
        let states = self.parts(call, now).map(|(_, state)| state);
        states.into_iter().max_by_key(severity).unwrap_or_default()
    }

    /// Every part this call touches, and whether that may be asked at `now`; always in the same order.
    pub fn parts(&self, call: &CallScope<'_>, now: Timestamp) -> [(HealthKey, HealthState); 4] {
        call.keys().map(|key| {
            let state = self.records.get(&key).map(|health| health.state(now));
            (key, state.unwrap_or_default())
        })
    }

    /// Notes that this call was claimed at `now` and probes every half-open part it touches. Call it for each claim;
    /// without half-open parts it has no effect.
    pub fn begin_probe(&mut self, call: &CallScope<'_>, now: Timestamp) {
        for key in call.keys() {
            if let Some(health) = self.records.get_mut(&key) {
                health.begin_probe(&self.policy, now);
            }
        }
    }

    /// A call that was claimed at `started` was accepted: every part it touches is well.
    pub fn on_success(&mut self, call: &CallScope<'_>, started: Timestamp, now: Timestamp) {
        for key in call.keys() {
            if let Some(health) = self.records.get_mut(&key) {
                health.on_success(started, now);
            }
        }
    }

    /// A call that was claimed at `started` was answered with neither acceptance nor refusal of a scope (throttled,
    /// unsupported, invalid, suppressed): the provider as such is there. A refusal tells the book that by itself.
    pub fn on_answer(&mut self, call: &CallScope<'_>, started: Timestamp, now: Timestamp) {
        if let Some(health) = self.records.get_mut(&call.key(Scope::Provider)) {
            health.on_answer(started, now);
        }
    }

    /// A call that was claimed at `started` found the provider unavailable.
    pub fn on_unavailable(
        &mut self,
        call: &CallScope<'_>,
        detail: &str,
        started: Timestamp,
        now: Timestamp,
    ) {
        self.fail(
            call.key(Scope::Provider),
            FailureKind::Unavailable,
            detail,
            started,
            now,
        );
    }

    /// A call that was claimed at `started` left its message in doubt.
    pub fn on_in_doubt(
        &mut self,
        call: &CallScope<'_>,
        detail: &str,
        started: Timestamp,
        now: Timestamp,
    ) {
        self.fail(
            call.key(Scope::Provider),
            FailureKind::InDoubt,
            detail,
            started,
            now,
        );
    }

    /// A call that was claimed at `started` was refused for the whole of `scope`, which rests at once.
    pub fn on_refused(
        &mut self,
        call: &CallScope<'_>,
        scope: RefusedScope,
        detail: &str,
        started: Timestamp,
        now: Timestamp,
    ) {
        self.on_answer(call, started, now);
        self.fail(
            call.key(call.scope(scope)),
            FailureKind::Refused,
            detail,
            started,
            now,
        );
    }

    /// Drops every record in which nothing matters any more.
    pub fn forget(&mut self, now: Timestamp) {
        self.records
            .retain(|_, health| !health.is_forgotten(&self.policy, now));
    }

    fn fail(
        &mut self,
        key: HealthKey,
        kind: FailureKind,
        detail: &str,
        started: Timestamp,
        now: Timestamp,
    ) {
        let failure = Failure {
            kind,
            detail: detail.to_owned(),
        };
        self.records
            .entry(key)
            .or_default()
            .on_failure(&self.policy, &failure, started, now);
    }
}

/// Orders states: closed, half-open, open, and of the open ones by their end.
fn severity(state: &HealthState) -> (u8, Option<Timestamp>) {
    match state {
        HealthState::Closed => (0, None),
        HealthState::HalfOpen => (1, None),
        HealthState::Open { until, .. } => (2, Some(*until)),
    }
}
