//! What waits, what a claim makes of it, and what it hands out.

use std::time::Duration;

use jiff::Timestamp;
use plugin_api::TrackingId;

use crate::compliance::{GateVerdict, RecipientKind};
use crate::delivery::MessageState;
use crate::routing::{Decision, ExactState, Outcome};

/// A message that may be claimed.
#[derive(Debug, Clone)]
pub(crate) struct Due {
    /// The message's row.
    pub message: i64,
    /// Its id.
    pub tracking_id: TrackingId,
    /// Its account's key.
    pub account: String,
    /// Its lead's key.
    pub lead: Option<String>,
    /// Its tag.
    pub tag: Option<String>,
    /// Its stream.
    pub stream: Option<String>,
    /// Its sender's address.
    pub sender: String,
    /// Its route.
    pub route: String,
    /// Encoded size in bytes.
    pub size: u64,
    /// Whether it goes alone and first.
    pub priority: bool,
    /// Whether it needs a provider-side template.
    pub templated: bool,
    /// When it could be claimed first: its age counts from then.
    pub not_before: Timestamp,
    /// Its recipients, in order.
    pub recipients: Vec<DueRecipient>,
    /// What the gate says now.
    pub gate: GateVerdict,
    /// Its attempts so far, oldest first.
    pub attempts: Vec<EarlierAttempt>,
    /// The stored counters of its route.
    pub exact: Option<ExactState>,
}

/// One recipient of a message that may be claimed.
#[derive(Debug, Clone)]
pub(crate) struct DueRecipient {
    /// Counted from 0 over To, Cc and Bcc.
    pub position: u32,
    /// Its list.
    pub kind: RecipientKind,
    /// The address.
    pub address: String,
    /// Whether an earlier attempt settled it (sent or suppressed): no attempt is for it any more.
    pub settled: bool,
}

/// An earlier attempt.
#[derive(Debug, Clone)]
pub(crate) struct EarlierAttempt {
    /// Who was asked.
    pub provider: String,
    /// How it ended; `None` when that is no obstacle: it was presumed absent or never called, or the route sends again in spite of the doubt.
    pub outcome: Option<Outcome>,
    /// When that provider may be asked again.
    pub again_at: Option<Timestamp>,
    /// What the provider, or the host about the call, said.
    pub words: Option<String>,
}

/// What to do with a message that is due.
#[derive(Debug)]
pub(crate) enum ClaimPlan {
    /// Leave it as it is: its provider has no room now.
    Skip,
    /// Leave it and all behind it: no provider has room now.
    Stop,
    /// Ask this provider.
    Attempt(Box<NewAttempt>),
    /// Nobody can take it before this moment.
    Wait {
        /// When to look again.
        until: Timestamp,
        /// Why, for people.
        reason: String,
    },
    /// It ends here.
    End {
        /// `rejected` or `suppressed`.
        state: MessageState,
        /// Why, for people.
        reason: String,
    },
}

/// An attempt to record.
#[derive(Debug, Clone)]
pub(crate) struct NewAttempt {
    /// Who is asked.
    pub provider: String,
    /// The plugin's name.
    pub plugin_name: String,
    /// The plugin's version.
    pub plugin_version: String,
    /// The library's content hash.
    pub plugin_hash: String,
    /// The account at the service.
    pub provider_account: Option<String>,
    /// Recipients this attempt is not for.
    pub masked: Vec<u32>,
    /// Why this provider.
    pub decision: Decision,
    /// When the host stops waiting.
    pub soft: Duration,
    /// When the call is stopped.
    pub hard: Duration,
}

/// Which messages to claim.
#[derive(Debug, Clone)]
pub(crate) struct Claim {
    /// Now.
    pub now: Timestamp,
    /// How many messages are looked at.
    pub limit: usize,
    /// The account whose turn was last, among more accounts than one look holds.
    pub after_account: String,
}

/// A function that plans a claim inside the store's transaction. Pure but for its own memory of what it planned in this pass.
pub(crate) type Planner = Box<dyn FnMut(&Due) -> ClaimPlan + Send>;

/// A claimed message: its attempt is durable.
#[derive(Debug, Clone)]
pub(crate) struct Claimed {
    /// The attempt's row.
    pub attempt: i64,
    /// The attempt's number within the message, from 1.
    pub number: u32,
    /// When it was claimed.
    pub claimed_at: Timestamp,
    /// The message as it was due.
    pub due: Due,
    /// The attempt as planned.
    pub plan: NewAttempt,
}

/// What one look at what is due came to.
#[derive(Debug, Default)]
pub(crate) struct ClaimPass {
    /// Messages to carry to their providers now.
    pub claimed: Vec<Claimed>,
    /// Messages that ended or were put off instead.
    pub moved: usize,
    /// The account after which the next look begins.
    pub after_account: String,
    /// Of a look that found nothing to do: when the next message becomes due.
    pub next_due: Option<Timestamp>,
}

impl ClaimPass {
    /// Whether there was nothing to do.
    pub(crate) fn is_idle(&self) -> bool {
        self.claimed.is_empty() && self.moved == 0
    }
}
