//! Places where a test build dies on request, as by `kill -9`: `HOST_DEMO_KILL_AT=after-claim`, or `after-claim:3` for the third time.
//!
//! Without the feature `kill-points` nothing of this is in the program.

/// A moment between two steps of a message's life.
#[derive(Debug, Clone, Copy)]
pub(crate) enum KillPoint {
    /// A message is durable, the caller has not heard so.
    AfterAccept,
    /// Attempts are durable, their calls have not begun.
    AfterClaim,
    /// A call is marked, the plugin is not called yet.
    AfterMark,
    /// The plugin has answered, nothing of it is stored.
    AfterAnswer,
    /// The provider has answered what it knows of doubts, nothing of it is stored.
    DuringReconciliation,
    /// A webhook is written and not committed.
    DuringWebhookCommit,
}

#[cfg(not(feature = "kill-points"))]
impl KillPoint {
    pub(crate) const fn reached(self) {}
}

#[cfg(feature = "kill-points")]
impl KillPoint {
    /// Ends the process if this is the place, and the time, that was asked for.
    pub(crate) fn reached(self) {
        use std::sync::atomic::{AtomicU64, Ordering};
        static REACHED: AtomicU64 = AtomicU64::new(0);
        let Ok(wish) = std::env::var("HOST_DEMO_KILL_AT") else {
            return;
        };
        let (name, time) = wish.split_once(':').unwrap_or((&wish, "1"));
        if name == self.name() && (REACHED.fetch_add(1, Ordering::AcqRel) + 1).to_string() == time {
            use rustix::process::{Signal, getpid, kill_process};
            // It cannot fail: a process may always kill itself.
            let _ = kill_process(getpid(), Signal::KILL);
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::AfterAccept => "after-accept",
            Self::AfterClaim => "after-claim",
            Self::AfterMark => "after-mark",
            Self::AfterAnswer => "after-answer",
            Self::DuringReconciliation => "during-reconciliation",
            Self::DuringWebhookCommit => "during-webhook-commit",
        }
    }
}
