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
    /// A status the service tries again after, while the schedule lasts. Postmark: 408, 429, 5xx or a bare redirect; SendGrid: all but 2xx.
    Retried {
        /// HTTP status.
        status: u16,
    },
    /// A status after which the event is lost. Postmark: any other 4xx; SendGrid: none.
    Dropped {
        /// HTTP status.
        status: u16,
    },
    /// No answer: refused, reset, timed out. Tried again while the schedule lasts.
    Unreachable,
}
