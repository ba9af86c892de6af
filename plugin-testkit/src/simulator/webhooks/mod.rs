//! Events posted at the host: retried on the service's schedule, lost by the service's rules, doubled and shuffled on request.

mod call;
mod outcome;
mod queue;

pub use outcome::WebhookOutcome;
pub use queue::{Disorder, WebhookAttempt, WebhookTiming, Webhooks};

pub(super) use call::{WebhookCall, client};
