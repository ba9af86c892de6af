//! Claims, answers, evidence, people and crashes in any order, also in orders that no engine would bring about: every move of a message is
//! a legal one, and no message is ever nowhere.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use plugin_api::{ProviderMessageId, Receipt, RefusalScope, SendError};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::json;
use tempfile::TempDir;

use super::lives::services::delivery;
use super::world::{id, message, route};
use crate::delivery::addressees::routing_input;
use crate::delivery::outcome::{Answer, Circumstances, interrupted, settlement};
use crate::delivery::{Backoff, BootId, Marks, MessageState, Resolution, Slots, slot_file};
use crate::routing::{CandidateState, InDoubtPolicy, decide};
use crate::store::{
    Claim, ClaimPlan, Claimed, Due, MessageFilter, MessageKey, MessageSummary, NewAttempt,
    NewMessage, Settlement, Store,
};

const MESSAGES: u8 = 3;

#[derive(Debug, Clone)]
enum Step {
    Accept(u8),
    /// Everything due is claimed, put off, or ended.
    Claim(Plan),
    /// An answer to any call ever made, on time, late, or for the second time.
    Answer(Index, Said, InDoubtPolicy),
    /// A search presumes any attempt absent.
    PresumedAbsent(Index),
    Webhook(u8),
    Cancel(u8),
    Resolve(u8, bool),
    /// The process ends and comes back; whether its calls may have left.
    Crash(bool),
    Pass(i64),
}

#[derive(Debug, Clone, Copy)]
enum Plan {
    Attempt,
    Wait,
    Reject,
    Suppress,
}

#[derive(Debug, Clone, Copy)]
enum Said {
    Accepted,
    Invalid,
    Suppressed,
    Refused,
    Throttled,
    Unavailable,
    Unsupported,
    InDoubt,
}

fn step() -> impl Strategy<Value = Step> {
    let plan = prop_oneof![6 => Just(Plan::Attempt), 1 => Just(Plan::Wait), 1 => Just(Plan::Reject), 1 => Just(Plan::Suppress)];
    let policy = prop_oneof![
        Just(InDoubtPolicy::Hold),
        Just(InDoubtPolicy::Resend),
        Just(InDoubtPolicy::AtLeastOnce),
    ];
    prop_oneof![
        2 => (0..MESSAGES).prop_map(Step::Accept),
        5 => plan.prop_map(Step::Claim),
        6 => (any::<Index>(), said(), policy).prop_map(|(call, said, policy)| Step::Answer(call, said, policy)),
        1 => any::<Index>().prop_map(Step::PresumedAbsent),
        1 => (0..MESSAGES).prop_map(Step::Webhook),
        1 => (0..MESSAGES).prop_map(Step::Cancel),
        1 => (0..MESSAGES, any::<bool>()).prop_map(|(message, sent)| Step::Resolve(message, sent)),
        1 => any::<bool>().prop_map(Step::Crash),
        2 => (-600_i64..3600).prop_map(Step::Pass),
    ]
}

fn said() -> impl Strategy<Value = Said> {
    use Said::{
        Accepted, InDoubt, Invalid, Refused, Suppressed, Throttled, Unavailable, Unsupported,
    };
    let all = [
        Accepted,
        Invalid,
        Suppressed,
        Refused,
        Throttled,
        Unavailable,
        Unsupported,
        InDoubt,
    ];
    proptest::sample::select(all.to_vec())
}

fn answer(said: Said) -> Answer {
    let everybody = vec!["ann@example.com".to_owned()];
    Err(match said {
        Said::Accepted => return Ok(Receipt::new(ProviderMessageId::new("pm-1"))),
        Said::Invalid => SendError::invalid_message("no"),
        Said::Suppressed => SendError::suppressed(everybody, "no"),
        Said::Refused => SendError::refused(RefusalScope::Account, "no"),
        Said::Throttled => SendError::throttled(None, "slowly"),
        Said::Unavailable => SendError::unavailable("down"),
        Said::Unsupported => SendError::unsupported("attachment", "no"),
        Said::InDoubt => SendError::in_doubt("perhaps"),
    })
}

/// A store, what was claimed from it, and the time.
struct Life {
    store: Arc<dyn Store>,
    path: PathBuf,
    boot: BootId,
    _folder: TempDir,
    calls: Vec<Claimed>,
    accepted: u64,
    now: Timestamp,
}

impl Life {
    fn begin() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("host.db");
        let (store, boot) = (crate::store::open(&path).unwrap(), BootId::random());
        begin_slots(&*store, &path, boot);
        Self {
            store,
            path,
            boot,
            _folder: folder,
            calls: Vec::new(),
            accepted: 0,
            now: Timestamp::from_second(1_800_000_000).unwrap(),
        }
    }

    async fn take(mut self, step: &Step) -> Self {
        match *step {
            Step::Accept(number) => self.accept(number).await,
            Step::Claim(plan) => self.claim(plan).await,
            Step::Answer(call, said, policy) => self.answer(call, said, policy).await,
            Step::PresumedAbsent(call) => self.presume_absent(call).await,
            Step::Webhook(number) => {
                let webhook = delivery("first", id(number), self.now);
                self.store.record_webhook(webhook).await.unwrap();
            }
            Step::Cancel(number) => {
                let key = MessageKey::any(id(number));
                self.store.cancel(key, self.now).await.unwrap();
            }
            Step::Resolve(number, sent) => self.resolve(number, sent).await,
            Step::Crash(marked) => return self.crash(marked).await,
            Step::Pass(seconds) => self.now += SignedDuration::from_secs(seconds),
        }
        self
    }

    async fn accept(&mut self, number: u8) {
        let new = NewMessage {
            message: message(number),
            route: "default".to_owned(),
            essential: false,
            priority: false,
            size: 100,
            accepted_at: self.now,
            send_at: None,
        };
        let known = self.states().await.contains_key(&number);
        self.store.accept(vec![new]).await.remove(0).unwrap();
        self.accepted += u64::from(!known);
    }

    async fn claim(&mut self, plan: Plan) {
        let now = self.now;
        let claim = Claim {
            now,
            limit: 10,
            after_account: String::new(),
        };
        let planner = move |due: &Due| planned(plan, due, now);
        let pass = self.store.claim(claim, Box::new(planner)).await.unwrap();
        self.calls.extend(pass.claimed);
    }

    fn call(&self, which: Index) -> Option<&Claimed> {
        (!self.calls.is_empty()).then(|| which.get(&self.calls))
    }

    async fn answer(&self, call: Index, said: Said, policy: InDoubtPolicy) {
        let Some(call) = self.call(call) else { return };
        let around = Circumstances {
            now: self.now,
            backoff: Backoff::default(),
            draw: 0.5,
        };
        let settled = settlement(call, &answer(said), policy, around);
        self.store.settle(vec![settled]).await.unwrap();
    }

    async fn presume_absent(&self, call: Index) {
        let Some(call) = self.call(call) else { return };
        let absent = Settlement {
            state: MessageState::RetryWait,
            next_at: Some(self.now),
            ..Settlement::about(call.due.message, call.attempt, self.now)
        };
        self.store.settle(vec![absent]).await.unwrap();
    }

    async fn resolve(&self, number: u8, sent: bool) {
        let word = Resolution {
            sent,
            provider_message_id: None,
            by: "ann".to_owned(),
            reason: None,
        };
        let key = MessageKey::any(id(number));
        self.store.resolve(key, word, self.now).await.unwrap();
    }

    async fn crash(self, marked: bool) -> Self {
        let Self {
            store,
            path,
            boot,
            now,
            ..
        } = self;
        drop(store);
        let store = crate::store::open(&path).unwrap();
        let slots = slot_file(&path);
        let marks = Marks::read(&slots, (!marked).then_some(boot));
        let plan = move |one: &_| interrupted(one, &marks, now, InDoubtPolicy::Resend);
        store.recover(Box::new(plan)).await.unwrap();
        begin_slots(&*store, &path, boot);
        Self {
            store,
            path,
            ..self
        }
    }

    async fn states(&self) -> BTreeMap<u8, MessageState> {
        let all = MessageFilter {
            count: u32::from(MESSAGES),
            ..MessageFilter::default()
        };
        let page = self.store.search(all).await.unwrap();
        let state = |one: MessageSummary| (one.tracking_id.to_bytes()[0], one.state);
        page.messages.into_iter().map(state).collect()
    }
}

/// Nothing is ever marked in it.
fn begin_slots(store: &dyn Store, path: &Path, boot: BootId) {
    Slots::begin(&slot_file(path), store.epoch(), Some(boot), 10).unwrap();
}

fn planned(plan: Plan, due: &Due, now: Timestamp) -> ClaimPlan {
    let end = |state| ClaimPlan::End {
        state,
        reason: "so it was planned".to_owned(),
    };
    match plan {
        Plan::Attempt => ClaimPlan::Attempt(Box::new(attempt(due, now))),
        Plan::Wait => ClaimPlan::Wait {
            until: now + SignedDuration::from_secs(60),
            reason: "so it was planned".to_owned(),
        },
        Plan::Reject => end(MessageState::Rejected),
        Plan::Suppress => end(MessageState::Suppressed),
    }
}

fn attempt(due: &Due, now: Timestamp) -> NewAttempt {
    let (route, ready) = (
        route(&["first"], json!({})),
        [CandidateState::ready("first")],
    );
    NewAttempt {
        provider: "first".to_owned(),
        plugin_name: "mock".to_owned(),
        plugin_version: "1.0.0".to_owned(),
        plugin_hash: "00".to_owned(),
        provider_account: None,
        masked: Vec::new(),
        decision: decide(&route, &routing_input(due), &ready, None, now),
        soft: Duration::from_secs(30),
        hard: Duration::from_secs(60),
    }
}

async fn run(steps: &[Step]) {
    let mut life = Life::begin();
    let mut before = BTreeMap::new();
    for step in steps {
        life = life.take(step).await;
        let after = life.states().await;
        for (number, state) in &after {
            let was = before.get(number).copied();
            let is_legal = was.map_or(*state == MessageState::Queued, |was: MessageState| {
                was == *state || was.may_become(*state)
            });
            assert!(is_legal, "message {number}: {was:?}, {step:?}, {state}");
        }
        let balance = life.store.balance().await.unwrap();
        assert_eq!(
            (balance.lost, balance.accepted),
            (0, life.accepted),
            "{step:?}"
        );
        before = after;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_move_is_legal_and_no_message_is_ever_nowhere(steps in prop::collection::vec(step(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(run(&steps));
    }
}
