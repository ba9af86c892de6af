//! How long a message waits before its next attempt: exponential, with full jitter.

use std::time::Duration;

/// The range waits are drawn from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// The longest wait after the first attempt.
    pub base: Duration,
    /// The longest wait ever.
    pub max: Duration,
}

impl Default for Backoff {
    /// 5 seconds after the first attempt, at most 15 minutes.
    fn default() -> Self {
        Self {
            base: Duration::from_secs(5),
            max: Duration::from_secs(15 * 60),
        }
    }
}

impl Backoff {
    /// The wait after the n-th attempt (from 1): `draw` (0 to 1) of `base × 2^(n-1)`, at most `max`, and never less than what the service
    /// asked for.
    ///
    /// Full jitter keeps calls that failed at the same time from coming back at the same time.
    pub fn wait(&self, attempt: u32, asked: Option<Duration>, draw: f64) -> Duration {
        let doublings = attempt.saturating_sub(1).min(31);
        let longest = self.base.saturating_mul(1 << doublings).min(self.max);
        let jittered = longest.mul_f64(draw.clamp(0.0, 1.0));
        jittered.max(asked.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::Backoff;
    use proptest::prelude::*;
    use std::time::Duration;

    proptest! {
        #[test]
        fn a_wait_is_within_its_range_and_honours_the_service(attempt in 0u32.., asked in 0u64..10_000, draw in -1.0f64..2.0) {
            let backoff = Backoff::default();
            let asked = Duration::from_secs(asked);
            let wait = backoff.wait(attempt, Some(asked), draw);
            prop_assert!(wait >= asked);
            prop_assert!(wait <= backoff.max.max(asked));
        }

        #[test]
        fn a_wait_is_the_share_that_was_drawn_of_a_range_that_doubles(attempt in 1u32..100, base in 1u64..100, draw in 0.0f64..=1.0) {
            let backoff = Backoff { base: Duration::from_secs(base), max: Duration::from_secs(900) };
            let doubled = 2_f64.powi(i32::try_from(attempt).unwrap() - 1) * base as f64;
            let expected = doubled.min(900.0) * draw;
            prop_assert!((backoff.wait(attempt, None, draw).as_secs_f64() - expected).abs() < 1e-6);
        }

        #[test]
        fn waits_grow_with_each_attempt(attempt in 1u32..100) {
            let backoff = Backoff::default();
            prop_assert!(backoff.wait(attempt + 1, None, 1.0) >= backoff.wait(attempt, None, 1.0));
        }
    }
}
