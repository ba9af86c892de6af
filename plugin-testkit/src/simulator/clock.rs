//! The simulator's time: real time, sped up or moved by hand, so that an hour of webhook retries fits into a test.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

/// A clock shared by everything in one simulator. Cloning gives another handle to the same clock.
#[derive(Clone, Debug)]
pub struct Clock {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    origin: Timestamp,
    started: Instant,
    speed: f64,
    advanced: watch::Sender<Duration>,
}

impl Clock {
    /// A clock that shows `origin` now and runs `speed` times as fast as real time; 0 stands still until [`Clock::advance`].
    pub(super) fn new(origin: Timestamp, speed: f64) -> Self {
        let (advanced, _) = watch::channel(Duration::ZERO);
        Self {
            inner: Arc::new(Inner {
                origin,
                started: Instant::now(),
                speed,
                advanced,
            }),
        }
    }

    /// The simulated time. Never goes backwards; stops at jiff's last timestamp (year 9999).
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let advanced = *self.inner.advanced.borrow();
        let run = Duration::try_from_secs_f64(
            self.inner.started.elapsed().as_secs_f64() * self.inner.speed,
        )
        .unwrap_or(Duration::MAX);
        later(self.inner.origin, run.saturating_add(advanced))
    }

    /// Moves the clock forward at once and wakes everything that waits for a time passed over.
    pub fn advance(&self, by: Duration) {
        self.inner
            .advanced
            .send_modify(|total| *total = total.saturating_add(by));
    }

    /// Waits until the simulated time is `at` or later. Safe to cancel.
    pub async fn sleep_until(&self, at: Timestamp) {
        let mut moved = self.inner.advanced.subscribe();
        loop {
            moved.mark_unchanged();
            let left = at.duration_since(self.now());
            if left <= SignedDuration::ZERO {
                return;
            }
            tokio::select! {
                () = real_sleep(left.unsigned_abs(), self.inner.speed) => {}
                _ = moved.changed() => {}
            }
        }
    }
}

/// `at` plus `by`, stopping at the last timestamp there is.
pub(super) fn later(at: Timestamp, by: Duration) -> Timestamp {
    SignedDuration::try_from(by)
        .ok()
        .and_then(|by| at.checked_add(by).ok())
        .unwrap_or(Timestamp::MAX)
}

async fn real_sleep(simulated: Duration, speed: f64) {
    match Duration::try_from_secs_f64(simulated.as_secs_f64() / speed) {
        Ok(real) => tokio::time::sleep(real).await,
        Err(_) => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_standing_clock_moves_only_by_hand_and_wakes_sleepers() {
        let clock = Clock::new(Timestamp::UNIX_EPOCH, 0.0);
        let hour = later(Timestamp::UNIX_EPOCH, Duration::from_secs(3600));
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep_until(hour).await }
        });
        assert_eq!(clock.now(), Timestamp::UNIX_EPOCH);
        clock.advance(Duration::from_secs(3599));
        assert!(!sleeper.is_finished());
        clock.advance(Duration::from_secs(1));
        sleeper.await.unwrap();
        assert_eq!(clock.now(), hour);
    }

    #[tokio::test]
    async fn a_fast_clock_reaches_an_hour_within_the_test() {
        let clock = Clock::new(Timestamp::UNIX_EPOCH, 1_000_000.0);
        clock
            .sleep_until(later(Timestamp::UNIX_EPOCH, Duration::from_secs(3600)))
            .await;
        assert!(clock.now() >= later(Timestamp::UNIX_EPOCH, Duration::from_secs(3600)));
    }

    #[test]
    fn the_clock_stops_at_the_end_of_time_instead_of_overflowing() {
        let clock = Clock::new(Timestamp::UNIX_EPOCH, 0.0);
        clock.advance(Duration::MAX);
        clock.advance(Duration::MAX);
        assert_eq!(clock.now(), Timestamp::MAX);
    }
}
