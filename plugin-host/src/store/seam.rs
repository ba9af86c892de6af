//! What the engine asks of a store, cut as its own work is. `suite` says how every store must behave.
//!
//! A call that changes something is durable when it returns, done as a whole or not at all, and stays done when its future is dropped. A
//! call that fails has changed nothing.

use std::collections::BTreeSet;

use async_trait::async_trait;
use jiff::Timestamp;
use plugin_api::Message;

use super::{
    AcceptOutcome, Asked, Backlog, Balance, Claim, ClaimPass, Doubt, DoubtQuery, FeedEvent, Hit,
    Interrupted, MessageFilter, MessageKey, MessagePage, MessageView, NewMessage, NewWebhook,
    Pause, PauseSubject, Planner, Settlement, StoreError, StoredDecision, Tally, Totals,
};
use crate::compliance::{
    AccountKey, Contact, ContactState, Flag, FlagChange, FlagFilter, FlagOutcome, LeadKey,
    UnsubscribeAnswer,
};
use crate::delivery::{MessageState, Resolution, ResolveOutcome};
use crate::routing::HealthRecord;

/// Taking messages in.
#[async_trait]
pub(crate) trait Intake: Send + Sync {
    /// Accepts messages. One answer each, in order; a message that cannot be stored does not fail its neighbours.
    ///
    /// What was reported before a message came in is its own from then on, and its gate sees the flags that follow.
    async fn accept(&self, messages: Vec<NewMessage>) -> Vec<Result<AcceptOutcome, StoreError>>;
}

/// What waits, and taking it up.
#[async_trait]
pub(crate) trait Outbox: Send + Sync {
    /// Plans what is due, the gate first, and claims what the plan says, in one transaction: a flag that was committed before stops it.
    /// Messages of priority come first, and accounts take turns.
    async fn claim(&self, claim: Claim, plan: Planner) -> Result<ClaimPass, StoreError>;

    /// Makes everything due that waits on these routes, unless its caller wanted it later.
    async fn make_due(&self, routes: Vec<String>, now: Timestamp) -> Result<(), StoreError>;

    /// The contents of claimed messages, in the same order. One that cannot be read does not fail its neighbours.
    async fn contents(&self, messages: Vec<i64>) -> Vec<Result<Message, StoreError>>;
}

/// Settles an attempt that an earlier run left in the middle of its call.
pub(crate) type RecoveryPlan = Box<dyn Fn(&Interrupted) -> Settlement + Send>;

/// What became of attempts.
#[async_trait]
pub(crate) trait Results: Send + Sync {
    /// The run that has the store open for writing, counted from 1; 0 for a reader.
    fn epoch(&self) -> i64;

    /// Records what is known about attempts. Moves that are not legal change the attempt and leave its message alone.
    async fn settle(&self, settlements: Vec<Settlement>) -> Result<(), StoreError>;

    /// Settles every attempt that an earlier run left in the middle of a call; how many there were.
    async fn recover(&self, plan: RecoveryPlan) -> Result<usize, StoreError>;
}

/// Attempts of which nobody knows how they ended, and the word of people.
#[async_trait]
pub(crate) trait Doubts: Send + Sync {
    /// Attempts in doubt that fit; those that were never asked about first, then by when they were asked about last, so that each has its turn.
    async fn doubts(&self, query: DoubtQuery) -> Result<Vec<Doubt>, StoreError>;

    /// The messages whose hit is another message's mail: by the record, or because it was found for several of these.
    async fn of_others(
        &self,
        provider: String,
        hits: Vec<Hit>,
    ) -> Result<BTreeSet<i64>, StoreError>;

    /// Notes lookups that were made.
    async fn asked(&self, asked: Vec<Asked>) -> Result<(), StoreError>;

    /// Records a person's word about a message in doubt.
    async fn resolve(
        &self,
        key: MessageKey,
        word: Resolution,
        at: Timestamp,
    ) -> Result<ResolveOutcome, StoreError>;

    /// Calls a message back. `None`: there is no such message; otherwise its state, and whether it was called back by this.
    async fn cancel(
        &self,
        key: MessageKey,
        at: Timestamp,
    ) -> Result<Option<(MessageState, bool)>, StoreError>;
}

/// Looking messages up.
#[async_trait]
pub(crate) trait MessageLog: Send + Sync {
    /// A message with everything that happened to it.
    async fn message(&self, key: MessageKey) -> Result<Option<MessageView>, StoreError>;

    /// A message's content as it was accepted.
    async fn content(&self, key: MessageKey) -> Result<Option<Message>, StoreError>;

    /// The routing decision of each attempt, oldest first.
    async fn decisions(&self, key: MessageKey) -> Result<Vec<StoredDecision>, StoreError>;

    /// Messages that fit, newest first.
    async fn search(&self, filter: MessageFilter) -> Result<MessagePage, StoreError>;
}

/// The record in numbers.
#[async_trait]
pub(crate) trait Ledger: Send + Sync {
    /// Messages per state and provider, doubled mails, flags.
    async fn totals(&self) -> Result<Totals, StoreError>;

    /// What is not final yet. Costs no more than that is much.
    async fn backlog(&self) -> Result<Backlog, StoreError>;

    /// What has happened; of the feed, the lines after this one.
    async fn tally(&self, after: i64) -> Result<Tally, StoreError>;

    /// Every accepted message accounted for.
    async fn balance(&self) -> Result<Balance, StoreError>;
}

/// What the CRM reads.
#[async_trait]
pub(crate) trait Feed: Send + Sync {
    /// The lines after a sequence number, oldest first; at most `limit`. Nothing ever appears before a line that was given out.
    async fn feed(&self, after: i64, limit: usize) -> Result<Vec<FeedEvent>, StoreError>;
}

/// Who must not be contacted.
#[async_trait]
pub(crate) trait Contacts: Send + Sync {
    /// Sets or lifts flags for the contacts that `change` names. A repeat changes nothing.
    async fn change_flag(
        &self,
        change: FlagChange,
        contacts: Vec<Contact>,
        now: Timestamp,
    ) -> Result<FlagOutcome, StoreError>;

    /// What stands for a lead and for the addresses at which it was mailed, the gravest flag first.
    async fn contact(&self, account: AccountKey, lead: LeadKey)
    -> Result<ContactState, StoreError>;

    /// The flags that fit, in the order in which they were written down.
    async fn flags(&self, filter: FlagFilter) -> Result<Vec<Flag>, StoreError>;
}

/// What services and the CRM report.
#[async_trait]
pub(crate) trait Inbound: Send + Sync {
    /// Keeps a request and everything that follows from it. A repeat changes nothing.
    async fn record_webhook(&self, webhook: NewWebhook) -> Result<(), StoreError>;

    /// The same for somebody's wish not to be contacted, with the number of their calls still in flight.
    async fn record_unsubscribe(
        &self,
        webhook: NewWebhook,
    ) -> Result<UnsubscribeAnswer, StoreError>;
}

/// What operators stop for a while.
#[async_trait]
pub(crate) trait Pauses: Send + Sync {
    /// Those in force.
    async fn pauses(&self) -> Result<Vec<Pause>, StoreError>;

    /// Begins one; one in force stays as it is.
    async fn pause(&self, pause: Pause) -> Result<(), StoreError>;

    /// Ends one, and makes due what waits on these routes as [`Outbox::make_due`] does. Whether there was one.
    async fn resume(
        &self,
        subject: PauseSubject,
        name: String,
        routes: Vec<String>,
        now: Timestamp,
    ) -> Result<bool, StoreError>;
}

/// Providers that rest.
#[async_trait]
pub(crate) trait Rests: Send + Sync {
    /// As they were kept last.
    async fn rests(&self) -> Result<Vec<HealthRecord>, StoreError>;

    /// Keeps these in place of those before.
    async fn keep_rests(&self, rests: Vec<HealthRecord>) -> Result<(), StoreError>;
}

/// A store.
pub(crate) trait Store:
    Intake
    + Outbox
    + Pauses
    + Rests
    + Results
    + Doubts
    + MessageLog
    + Ledger
    + Feed
    + Contacts
    + Inbound
{
}

impl<T> Store for T where
    T: Intake
        + Outbox
        + Pauses
        + Rests
        + Results
        + Doubts
        + MessageLog
        + Ledger
        + Feed
        + Contacts
        + Inbound
{
}
