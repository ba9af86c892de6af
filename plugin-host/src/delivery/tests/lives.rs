//! Random lives: whatever happens in whatever order, nobody is mailed twice, what is final stays, and nothing is stuck.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use plugin_api::{
    Lookup, Message, Provider, ProviderMessageId, Receipt, RefusalScope, SendError, TrackingId,
};
use proptest::prelude::*;
use serde_json::json;
use tokio::task::JoinSet;

use super::flags::flag;
use super::service::{accepted, provider};
use super::world::{World, id, message, route};
use crate::delivery::MessageState;
use crate::delivery::outcome::Answer;
use crate::store::MessageKey;

const MESSAGES: u8 = 4;

/// How the services answer for a while.
#[derive(Debug, Clone, Copy)]
enum Mood {
    Well,
    LosesAnswers,
    LosesRequests,
    Down,
    Throttles,
    RefusesToken,
    CannotCarry,
    FindsInvalid,
}

#[derive(Debug, Clone)]
enum Step {
    Accept(u8),
    Mood(Mood),
    Deliver,
    /// The process dies after so many steps of its tasks.
    Crash(usize),
    Reconcile,
    Pass(u64),
    Flag(u8),
    Cancel(u8),
}

fn mood() -> impl Strategy<Value = Mood> {
    use Mood::{
        CannotCarry, Down, FindsInvalid, LosesAnswers, LosesRequests, RefusesToken, Throttles, Well,
    };
    prop_oneof![
        3 => Just(Well),
        2 => Just(LosesAnswers),
        2 => Just(LosesRequests),
        1 => Just(Down),
        1 => Just(Throttles),
        1 => Just(RefusesToken),
        1 => Just(CannotCarry),
        1 => Just(FindsInvalid),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..MESSAGES).prop_map(Step::Accept),
        3 => mood().prop_map(Step::Mood),
        5 => Just(Step::Deliver),
        2 => (0usize..60).prop_map(Step::Crash),
        2 => Just(Step::Reconcile),
        3 => (1u64..3600).prop_map(Step::Pass),
        1 => (0..MESSAGES).prop_map(Step::Flag),
        1 => (0..MESSAGES).prop_map(Step::Cancel),
    ]
}

/// Both services, with what they truly accepted.
struct Services {
    mood: Mutex<Mood>,
    mailed: Mutex<BTreeMap<(&'static str, TrackingId), u32>>,
    flagged: Mutex<BTreeSet<TrackingId>>,
}

impl Services {
    fn asked(&self, name: &'static str, message: &Message) -> Answer {
        let id = message.tracking_id();
        assert!(
            !self.flagged.lock().unwrap().contains(&id),
            "a flagged lead is mailed"
        );
        let mail = || *self.mailed.lock().unwrap().entry((name, id)).or_default() += 1;
        match *self.mood.lock().unwrap() {
            Mood::Well => {
                mail();
                accepted(message)
            }
            Mood::LosesAnswers => {
                mail();
                Err(SendError::in_doubt("the answer was lost"))
            }
            Mood::LosesRequests => Err(SendError::in_doubt("the request was lost")),
            Mood::Down => Err(SendError::unavailable("refused connection")),
            Mood::Throttles => Err(SendError::throttled(None, "slow down")),
            Mood::RefusesToken => Err(SendError::refused(RefusalScope::Account, "token")),
            Mood::CannotCarry => Err(SendError::unsupported("attachment", "too large")),
            Mood::FindsInvalid => Err(SendError::invalid_message("refused")),
        }
    }

    fn lookup(&self, name: &'static str, id: TrackingId) -> Lookup {
        if self.mailed.lock().unwrap().contains_key(&(name, id)) {
            return Lookup::Found(Receipt::new(ProviderMessageId::new("pm-found")));
        }
        Lookup::Absent {
            indexed_through: Some(Timestamp::MAX),
        }
    }

    fn mailed(&self, id: TrackingId) -> u32 {
        let mailed = self.mailed.lock().unwrap();
        mailed
            .iter()
            .filter(|((_, one), _)| *one == id)
            .map(|(_, count)| count)
            .sum()
    }

    fn providers(self: &Arc<Self>) -> Vec<(&'static str, Arc<dyn Provider>)> {
        let one = |name| {
            let (asked, searched) = (Arc::clone(self), Arc::clone(self));
            let made = provider(
                move |message| asked.asked(name, message),
                move |id| searched.lookup(name, id),
            );
            (name, made.0)
        };
        vec![one("first"), one("second")]
    }
}

async fn live(world: World, services: &Arc<Services>, step: Step) -> World {
    match step {
        Step::Accept(number) => world.accept(message(number)).await,
        Step::Mood(mood) => *services.mood.lock().unwrap() = mood,
        Step::Deliver => world.deliver().await,
        Step::Crash(after) => {
            let mut calls = JoinSet::new();
            world.engine.dispatch(&mut calls).await.unwrap();
            for _ in 0..after {
                tokio::task::yield_now().await;
            }
            calls.shutdown().await;
            return world.restarted(services.providers()).await;
        }
        Step::Reconcile => world.engine.reconcile_once().await,
        Step::Pass(seconds) => world.clock.pass(Duration::from_secs(seconds)),
        Step::Flag(number) => {
            flag(&world, Some(&format!("lead-{number}")), None).await;
            services.flagged.lock().unwrap().insert(id(number));
        }
        Step::Cancel(number) => {
            let now = crate::clock::Clock::now(&*world.clock);
            let key = MessageKey::any(id(number));
            world.engine.store.cancel(key, now).await.unwrap();
        }
    }
    world
}

async fn states(world: &World) -> BTreeMap<u8, MessageState> {
    let mut states = BTreeMap::new();
    for number in 0..MESSAGES {
        let view = world
            .engine
            .store
            .message(MessageKey::any(id(number)))
            .await;
        states.extend(view.unwrap().map(|view| (number, view.summary.state)));
    }
    states
}

async fn life(steps: Vec<Step>) {
    let services = Arc::new(Services {
        mood: Mutex::new(Mood::Well),
        mailed: Mutex::default(),
        flagged: Mutex::default(),
    });
    let resend = route(&["first", "second"], json!({ "in_doubt": "resend" }));
    let mut world = World::new(resend, services.providers()).await;
    let mut ended: BTreeMap<u8, MessageState> = BTreeMap::new();
    for step in steps {
        world = live(world, &services, step).await;
        for (number, state) in states(&world).await {
            let mailed = services.mailed(id(number));
            assert!(mailed <= 1, "message {number} was mailed {mailed} times");
            let before = ended.get(&number);
            assert!(
                before.is_none_or(|before| *before == state),
                "{number}: {before:?}, then {state}"
            );
            if state.is_final() {
                let is_true = (state == MessageState::Sent) == (mailed == 1);
                assert!(
                    is_true,
                    "message {number} is {state} and was mailed {mailed} times"
                );
                ended.insert(number, state);
            }
        }
    }
    settle(&world, &services).await;
    for (number, state) in states(&world).await {
        assert!(state.is_final(), "message {number} is stuck: {state}");
        assert!(services.mailed(id(number)) <= 1);
    }
}

/// Everybody is well again, and time passes.
async fn settle(world: &World, services: &Services) {
    *services.mood.lock().unwrap() = Mood::Well;
    for _ in 0..8 {
        world.reconcile_after(Duration::from_secs(20 * 60)).await;
        world.deliver().await;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn nobody_is_mailed_twice_what_is_final_stays_and_nothing_is_stuck(steps in prop::collection::vec(step(), 1..30)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(life(steps));
    }
}
