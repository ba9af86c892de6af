//! How the host answered.

use serde::Serialize;

/// How one attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum WebhookOutcome {
    /// 2xx: the host has it.
    Delivered {
        /// HTTP status.
        status: u16,
    },
    /// 408, 429, 5xx or a bare redirect: tried again while the schedule lasts.
    Retried {
        /// HTTP status.
        status: u16,
    },
    /// Any other 4xx: the event is lost.
    Dropped {
        /// HTTP status.
        status: u16,
    },
    /// No answer: refused, reset, timed out. Tried again while the schedule lasts.
    Unreachable,
}
