//! A provider's rate limit: a bucket that refills evenly and holds one second's worth.

use std::time::Duration;

use jiff::Timestamp;

/// How many messages may leave now. The clock is an argument.
#[derive(Debug, Clone)]
pub(super) struct RateLimit {
    per_second: f64,
    tokens: f64,
    filled_at: Timestamp,
}

impl RateLimit {
    /// `per_second` = 0: no limit.
    pub(super) fn new(per_second: f64, now: Timestamp) -> Self {
        Self {
            per_second,
            tokens: per_second.max(1.0),
            filled_at: now,
        }
    }

    /// When the next message may leave; `None`: now.
    pub(super) fn closed_until(&mut self, now: Timestamp) -> Option<Timestamp> {
        if self.per_second <= 0.0 {
            return None;
        }
        let passed = Duration::try_from(now.duration_since(self.filled_at)).unwrap_or_default();
        self.tokens =
            (self.tokens + passed.as_secs_f64() * self.per_second).min(self.per_second.max(1.0));
        self.filled_at = now;
        if self.tokens >= 1.0 {
            return None;
        }
        let wait = Duration::from_secs_f64((1.0 - self.tokens) / self.per_second);
        Some(super::outcome::later(now, wait))
    }

    /// One message leaves.
    pub(super) fn take(&mut self) {
        if self.per_second > 0.0 {
            self.tokens -= 1.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RateLimit;
    use jiff::{SignedDuration, Timestamp};

    #[test]
    fn over_time_no_more_leave_than_the_limit_allows() {
        let start = Timestamp::UNIX_EPOCH;
        let mut limit = RateLimit::new(10.0, start);
        let mut left = 0;
        for millis in 0..5_000 {
            let now = start + SignedDuration::from_millis(millis);
            while limit.closed_until(now).is_none() {
                limit.take();
                left += 1;
            }
        }
        assert!(
            (59..=60).contains(&left),
            "{left} in 5 s at 10 a second, after a first second's worth"
        );
    }

    #[test]
    fn a_clock_that_is_set_back_stops_nothing() {
        let start = Timestamp::UNIX_EPOCH;
        let mut limit = RateLimit::new(1.0, start);
        limit.take();
        let hour_ago = start - SignedDuration::from_hours(1);
        assert!(limit.closed_until(hour_ago).is_some());
        let then = hour_ago + SignedDuration::from_secs(1);
        assert_eq!(limit.closed_until(then), None);
    }

    #[test]
    fn zero_is_no_limit() {
        let mut limit = RateLimit::new(0.0, Timestamp::UNIX_EPOCH);
        for _ in 0..1000 {
            assert_eq!(limit.closed_until(Timestamp::UNIX_EPOCH), None);
            limit.take();
        }
    }
}
