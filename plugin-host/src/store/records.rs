//! What goes into the store and what a claim hands out.

use std::time::Duration;

use jiff::Timestamp;
use plugin_api::{Message, TrackingId};

use crate::compliance::{GateVerdict, RecipientKind};
use crate::delivery::MessageState;
use crate::routing::{Decision, ExactState, Outcome};

/// A message to accept.
#[derive(Debug, Clone)]
pub(crate) struct NewMessage {
    /// The content.
    pub message: Message,
    /// The route it takes.
    pub route: String,
    /// Whether that route's messages pass an unsubscribe.
    pub essential: bool,
    /// Whether it goes alone and first.
    pub priority: bool,
    /// Encoded size in bytes, as services count it.
    pub size: u64,
    /// When it came in.
    pub accepted_at: Timestamp,
    /// Not before this moment.
    pub send_at: Option<Timestamp>,
}

/// What came of accepting a message. Durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AcceptOutcome {
    /// It is on record: in the outbox, or stopped by the gate. A repeat hears what the first time was answered.
    Recorded {
        /// When it first came in.
        accepted_at: Timestamp,
        /// Whether the same message had been accepted before.
        repeat: bool,
        /// Whom the gate left out when it first came in.
        stopped: Stopped,
    },
    /// Another message has this id in this account.
    Conflict,
}

/// Whom the gate left out at accept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Stopped {
    /// Recipients who asked not to be contacted.
    pub positions: Vec<u32>,
    /// Why the whole message was stopped, if it was.
    pub whole: Option<String>,
}

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
}

/// The result of an attempt, or evidence about it.
#[derive(Debug, Clone)]
pub(crate) struct Settlement {
    /// The message's row.
    pub message: i64,
    /// The attempt's row.
    pub attempt: i64,
    /// When it is known.
    pub at: Timestamp,
    /// How the attempt ended; `None`: nothing left (not called, or presumed absent).
    pub outcome: Option<Outcome>,
    /// The state the message moves to. An illegal move (a late answer about a message that is final) changes the attempt alone.
    pub state: MessageState,
    /// When it may be claimed again; only with a waiting state.
    pub next_at: Option<Timestamp>,
    /// When the same provider may be asked again; `None`: never.
    pub again_at: Option<Timestamp>,
    /// What happens next, for people.
    pub next: String,
    /// Why, for people: the message's reason.
    pub reason: Option<String>,
    /// The provider's id of the message.
    pub provider_message_id: Option<String>,
    /// The provider's own code.
    pub provider_code: Option<String>,
    /// The provider's or host's words.
    pub detail: Option<String>,
    /// What it means for single recipients.
    pub recipients: Vec<RecipientChange>,
    /// Further mails of the same message that came to light.
    pub doubled: u32,
    /// What people should know although the message moves on; stands in the timeline.
    pub warning: Option<String>,
}

impl Settlement {
    /// An attempt of which nothing left, about a message in doubt: the caller fills in what is known.
    pub(crate) fn about(message: i64, attempt: i64, at: Timestamp) -> Self {
        Self {
            message,
            attempt,
            at,
            outcome: None,
            state: MessageState::InDoubt,
            next_at: None,
            again_at: None,
            next: String::new(),
            reason: None,
            provider_message_id: None,
            provider_code: None,
            detail: None,
            recipients: Vec::new(),
            doubled: 0,
            warning: None,
        }
    }
}

/// An attempt that an earlier run left in the middle of its call.
#[derive(Debug, Clone)]
pub(crate) struct Interrupted {
    /// The message's row.
    pub message: i64,
    /// The attempt's row.
    pub attempt: i64,
    /// The message's route.
    pub route: String,
}

/// What an attempt means for one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RecipientChange {
    /// Which.
    pub position: u32,
    /// Its status: `sent`, `suppressed`, `rejected`.
    pub status: &'static str,
    /// Why, for people.
    pub reason: Option<String>,
}

/// An attempt whose outcome is not known.
#[derive(Debug, Clone)]
pub(crate) struct Doubt {
    /// The message's row.
    pub message: i64,
    /// The attempt's row.
    pub attempt: i64,
    /// The attempt's number.
    pub number: u32,
    /// The message's id.
    pub tracking_id: TrackingId,
    /// Its route.
    pub route: String,
    /// Who was asked.
    pub provider: String,
    /// In which account at the service.
    pub provider_account: Option<String>,
    /// On which stream.
    pub stream: Option<String>,
    /// For whom.
    pub to: Vec<String>,
    /// When the attempt began.
    pub claimed_at: Timestamp,
    /// When it had surely ended.
    pub hard_deadline: Timestamp,
    /// The first lookup that counts towards presumed absence.
    pub absent_since: Option<Timestamp>,
    /// Presumed absent, and left for a person to decide.
    pub held: bool,
}

/// Which doubts are to be asked about.
#[derive(Debug, Clone)]
pub(crate) struct DoubtQuery {
    /// Attempts with this provider.
    pub provider: String,
    /// Claimed at or before.
    pub claimed_before: Timestamp,
    /// Not asked about since.
    pub asked_before: Timestamp,
    /// The same for those that are held for a person.
    pub held_asked_before: Timestamp,
    /// So many at the most.
    pub limit: usize,
}

/// A lookup that was made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    /// The attempt's row.
    pub attempt: i64,
    /// When.
    pub at: Timestamp,
    /// What it came to.
    pub answer: LookupAnswer,
}

/// What a lookup means for the attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LookupAnswer {
    /// Nothing towards absence.
    Nothing,
    /// One more like it, later, and the message is presumed absent.
    CountsAsAbsent,
    /// Presumed absent.
    PresumedAbsent,
}
