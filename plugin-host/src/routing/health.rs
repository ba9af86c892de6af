//! A circuit breaker: when a provider ails, it rests; after the rest one message probes whether it is well again.
//!
//! ```text
//!            failures in a row, or a refusal               the rest is over
//!   closed ─────────────────────────────────────► open ──────────────────────► half-open
//!     ▲                                            ▲  ▲                            │
//!     │                                            │  └── begin_probe (waits) ◄────┤
//!     └─────────── success of the probe            └── failure of the probe ───────┘
//! ```
//! Every rest ends by itself and a probe that is never heard of again only delays the next one, so no state is for ever.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Failure, FailureKind, HealthPolicy, HealthState, RestReason};

/// The breaker's memory; serialises so that it can outlive the process.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    failures: u32,
    last_failure_at: Option<Timestamp>,
    rest: Option<Rest>,
    /// Attempts that started before this say nothing about today: they belong to the time before the last rest.
    counts_from: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Rest {
    since: Timestamp,
    until: Timestamp,
    /// How many rests in a row this one makes.
    number: u32,
    reason: RestReason,
}

impl Health {
    /// Whether the provider may be asked at `now`.
    ///
    /// A rest that would lie in the future, because the clock was set back, counts as over.
    pub fn state(&self, now: Timestamp) -> HealthState {
        match &self.rest {
            None => HealthState::Closed,
            Some(rest) if now < rest.until && self.counts_from <= Some(now) => HealthState::Open {
                until: rest.until,
                reason: rest.reason.clone(),
            },
            Some(_) => HealthState::HalfOpen,
        }
    }

    /// As a process takes it up that begins at `now`: what is left of a rest may be past, since a person may have mended its cause, so the
    /// next message is a probe.
    pub(super) fn taken_up(mut self, now: Timestamp) -> Self {
        if let Some(rest) = &mut self.rest {
            rest.until = rest.until.min(now);
        }
        self
    }

    /// Notes that a message was claimed at `now` to probe a half-open provider. Until its outcome is reported, or
    /// [`HealthPolicy::probe_patience`] has passed, the provider counts as resting. Without effect in other states.
    pub fn begin_probe(&mut self, policy: &HealthPolicy, now: Timestamp) {
        let is_half_open = self.state(now) == HealthState::HalfOpen;
        if let Some(rest) = self.rest.as_mut().filter(|_| is_half_open) {
            rest.until = later(now, policy.probe_patience);
            self.counts_from = Some(now);
        }
    }

    /// An attempt that was claimed at `started` ended well: the breaker closes and all failures are forgotten.
    pub fn on_success(&mut self, started: Timestamp, now: Timestamp) {
        if self.counts(started, now) {
            *self = Self {
                counts_from: self.counts_from,
                ..Self::default()
            };
        }
    }

    /// An attempt that was claimed at `started` was answered, though not with success: the provider is there. Closes the
    /// breaker as success does, unless it was a refusal that opened it.
    pub fn on_answer(&mut self, started: Timestamp, now: Timestamp) {
        if self
            .reason()
            .is_none_or(|reason| reason.kind != FailureKind::Refused)
        {
            self.on_success(started, now);
        }
    }

    /// An attempt that was claimed at `started` failed.
    ///
    /// The stragglers of an outage, which were under way when the rest began, neither lengthen it nor open the breaker
    /// again after it.
    pub fn on_failure(
        &mut self,
        policy: &HealthPolicy,
        failure: &Failure,
        started: Timestamp,
        now: Timestamp,
    ) {
        if !self.counts(started, now) {
            return;
        }
        if self.is_forgotten(policy, now) {
            *self = Self::default();
        }
        self.failures = self.failures.saturating_add(1);
        self.last_failure_at = Some(now);
        let too_many = self.failures >= policy.failures_to_rest;
        if too_many || self.rest.is_some() || failure.kind == FailureKind::Refused {
            self.begin_rest(policy, failure, now);
        }
    }

    /// Whether nothing of it matters any more: no rest in force, and no failure for [`HealthPolicy::forget_after`].
    pub fn is_forgotten(&self, policy: &HealthPolicy, now: Timestamp) -> bool {
        let is_past = |at: Timestamp| later(at, policy.forget_after) <= now;
        let is_resting = matches!(self.state(now), HealthState::Open { .. });
        !is_resting
            && self.last_failure_at.is_none_or(is_past)
            && self.counts_from.is_none_or(is_past)
    }

    /// How many failures there were in a row.
    pub fn failures(&self) -> u32 {
        self.failures
    }

    /// Since when it has not been well: the beginning of the first of its rests in a row. `None` when closed.
    pub fn resting_since(&self) -> Option<Timestamp> {
        self.rest.as_ref().map(|rest| rest.since)
    }

    /// When the next probe may go, or might have gone. `None` when closed.
    pub fn next_probe(&self) -> Option<Timestamp> {
        self.rest.as_ref().map(|rest| rest.until)
    }

    /// Why it rests. `None` when closed.
    pub fn reason(&self) -> Option<&RestReason> {
        self.rest.as_ref().map(|rest| &rest.reason)
    }

    /// Whether an attempt tells of the time that matters; if the clock was set back, that cannot be told, and it does.
    fn counts(&self, started: Timestamp, now: Timestamp) -> bool {
        self.counts_from
            .is_none_or(|from| started >= from || now < from)
    }

    fn begin_rest(&mut self, policy: &HealthPolicy, failure: &Failure, now: Timestamp) {
        const DETAIL: usize = 200;
        let (since, number) = self
            .rest
            .as_ref()
            .map_or((now, 1), |rest| (rest.since, rest.number.saturating_add(1)));
        let detail = failure.detail.chars().take(DETAIL).collect();
        self.counts_from = Some(now);
        self.rest = Some(Rest {
            since,
            until: later(now, policy.rest(number)),
            number,
            reason: RestReason {
                kind: failure.kind,
                failures: self.failures,
                detail,
            },
        });
    }
}

/// `at` plus `by`, or the end of time.
fn later(at: Timestamp, by: Duration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}
