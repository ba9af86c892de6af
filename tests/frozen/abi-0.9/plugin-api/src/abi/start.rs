//! Whether a call has begun: the one fact that tells "certainly nothing happened" from "who knows".

use std::sync::atomic::{AtomicU8, Ordering};

const WAITING: u8 = 0;
const BEGUN: u8 = 1;
const WITHDRAWN: u8 = 2;

/// Either the plugin's thread begins the call, or the caller withdraws it; never both.
#[derive(Default)]
pub(super) struct Start(AtomicU8);

impl Start {
    /// Whether the call may run.
    pub(super) fn begin(&self) -> bool {
        self.leave_waiting(BEGUN)
    }

    /// Whether the call has not run and never will.
    pub(super) fn withdraw(&self) -> bool {
        self.leave_waiting(WITHDRAWN)
    }

    fn leave_waiting(&self, to: u8) -> bool {
        self.0
            .compare_exchange(WAITING, to, Ordering::AcqRel, Ordering::Acquire)
            .is_ok()
    }
}
