//! The clock as an argument: the engine asks it for every moment that is stored or compared with one that is.

use jiff::Timestamp;

/// Tells the time in whole microseconds, as the store keeps it.
pub(crate) trait Clock: Send + Sync {
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        // A moment that comes back from the store equals the one that went in.
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }
}
