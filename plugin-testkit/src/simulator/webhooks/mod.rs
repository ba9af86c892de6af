//! Events posted at the host: retried on the service's schedule, lost by the service's rules, doubled and shuffled on request.

mod call;
mod lane;
mod outcome;
mod queue;
mod timing;

pub use outcome::WebhookOutcome;
pub use queue::{WebhookAttempt, Webhooks};
pub use timing::{Disorder, WebhookTiming};

pub(super) use call::{Attempt, WebhookCall, WebhookManner, WebhookTarget, client, http_url};
pub(super) use lane::{Lane, LaneEvent};
