//! When webhooks are posted: the retry schedule, and disorder on request.

use std::time::Duration;

use serde::{Deserialize, Serialize};

const MINUTE: Duration = Duration::from_secs(60);

/// When webhooks are tried again and how long an answer may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookTiming {
    /// Waits before the second, third, … attempt, on the simulator's clock. Empty: one attempt only.
    pub retries: Vec<Duration>,
    /// How long one attempt may take in real time. No service publishes it; the default is 10 seconds.
    pub timeout: Duration,
}

impl WebhookTiming {
    /// Postmark's newest published schedule: 1, 5, 15, then 1, 5, 10, 10, 10, 15 minutes.
    #[must_use]
    pub fn postmark() -> Self {
        Self::minutes(&[1, 5, 15, 1, 5, 10, 10, 10, 15])
    }

    /// Growing intervals within 24 hours, which is all that is said of SendGrid's: 1, 5, 15, 30 minutes, 1, 2, 4, 8, 8 hours.
    #[must_use]
    pub fn sendgrid() -> Self {
        Self::minutes(&[1, 5, 15, 30, 60, 120, 240, 480, 480])
    }

    fn minutes(waits: &[u32]) -> Self {
        Self {
            retries: waits.iter().map(|minutes| MINUTE * *minutes).collect(),
            timeout: Duration::from_secs(10),
        }
    }
}

impl Default for WebhookTiming {
    /// Postmark's.
    fn default() -> Self {
        Self::postmark()
    }
}

/// How webhooks are disturbed on purpose, drawn from the simulator's seed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Disorder {
    /// Share of events that are posted twice, with the same trace id (Postmark) or `sg_event_id` (SendGrid), 0 to 1.
    pub duplicate_rate: f64,
    /// Events leave after a random wait of up to this many simulated milliseconds, so that they overtake each other.
    pub shuffle_within_ms: u64,
}

impl Disorder {
    /// Doubles a share of the events and lets them overtake each other within a window of simulated time.
    #[must_use]
    pub fn new(duplicate_rate: f64, shuffle_within: Duration) -> Self {
        let shuffle_within_ms = u64::try_from(shuffle_within.as_millis()).unwrap_or(u64::MAX);
        Self {
            duplicate_rate,
            shuffle_within_ms,
        }
    }
}
