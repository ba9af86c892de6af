//! How patient the host is with a provider that ails.

use std::time::Duration;

/// When a breaker opens and for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthPolicy {
    /// How many failures in a row open the breaker; 0 counts as 1.
    pub failures_to_rest: u32,
    /// The first rest. Each probe that fails doubles it.
    pub first_rest: Duration,
    /// No rest is longer than this.
    pub longest_rest: Duration,
    /// How long a probe's outcome is waited for before another probe may go; longer than a call's hard deadline.
    pub probe_patience: Duration,
    /// After this long without a failure, earlier ones are forgotten.
    pub forget_after: Duration,
}

impl Default for HealthPolicy {
    /// Five failures; rests from 30 seconds to 15 minutes; two minutes for a probe; a day until failures are forgotten.
    fn default() -> Self {
        Self {
            failures_to_rest: 5,
            first_rest: Duration::from_secs(30),
            longest_rest: Duration::from_mins(15),
            probe_patience: Duration::from_mins(2),
            forget_after: Duration::from_hours(24),
        }
    }
}

impl HealthPolicy {
    /// The length of the given rest in a row, counted from 1.
    pub(super) fn rest(&self, number: u32) -> Duration {
        let doublings = number.saturating_sub(1).min(31);
        self.first_rest
            .saturating_mul(1 << doublings)
            .min(self.longest_rest)
    }
}
