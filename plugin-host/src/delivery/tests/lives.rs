//! Random lives: whatever happens in whatever order, nobody is mailed twice, what is final stays, and nothing is stuck.

pub(super) mod services;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use serde_json::json;
use tokio::task::JoinSet;

use self::services::{Mood, Services, mood};
use super::flags::flag;
use super::world::{World, id, message, route};
use crate::clock::Clock as _;
use crate::delivery::{MessageState, Resolution};
use crate::store::{MessageKey, Pause, PauseSubject};

const MESSAGES: u8 = 4;

#[derive(Debug, Clone)]
enum Step {
    Accept(u8),
    Mood(Mood),
    Deliver,
    /// The process dies after so many steps of its tasks, before it has called anybody.
    Crash(usize),
    /// The process dies when the services have got what it sent, and before it has their answer.
    CrashInCall,
    Reconcile,
    Pass(u64),
    Flag(u8),
    Cancel(u8),
    /// The service tells of whatever it accepted of this message.
    Webhook(u8),
    /// A person looks it up at the services and says what is true.
    Resolve(u8),
    Pause(bool),
    /// The clock is set back.
    SetBack(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..MESSAGES).prop_map(Step::Accept),
        3 => mood().prop_map(Step::Mood),
        5 => Just(Step::Deliver),
        1 => (0usize..60).prop_map(Step::Crash),
        3 => Just(Step::CrashInCall),
        2 => Just(Step::Reconcile),
        3 => (1u64..3600).prop_map(Step::Pass),
        1 => (0..MESSAGES).prop_map(Step::Flag),
        1 => (0..MESSAGES).prop_map(Step::Cancel),
        2 => (0..MESSAGES).prop_map(Step::Webhook),
        1 => (0..MESSAGES).prop_map(Step::Resolve),
        1 => any::<bool>().prop_map(Step::Pause),
        1 => (1u64..600).prop_map(Step::SetBack),
    ]
}

async fn live(world: World, services: &Arc<Services>, step: Step) -> World {
    let (store, now) = (&world.engine.store, world.clock.now());
    match step {
        Step::Accept(number) => world.accept(message(number)).await,
        Step::Mood(mood) => services.are(mood),
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
        Step::CrashInCall => {
            let mut calls = JoinSet::new();
            services.cut_off(true);
            world.engine.dispatch(&mut calls).await.unwrap();
            tokio::select! {
                () = services.have_cut_off() => {}
                () = async { while calls.join_next().await.is_some() {} } => {}
            }
            calls.shutdown().await;
            services.cut_off(false);
            return world.restarted(services.providers()).await;
        }
        Step::Reconcile => world.engine.reconcile_once().await,
        Step::Pass(seconds) => world.clock.pass(Duration::from_secs(seconds)),
        Step::Flag(number) => {
            flag(&world, Some(&format!("lead-{number}")), None).await;
            services.have_heard_the_last_of(id(number));
        }
        Step::Cancel(number) => {
            let key = MessageKey::any(id(number));
            store.cancel(key, now).await.unwrap();
        }
        Step::Webhook(number) => {
            for webhook in services.deliveries(id(number), now) {
                store.record_webhook(webhook).await.unwrap();
            }
        }
        Step::Resolve(number) => {
            let word = Resolution {
                sent: services.mailed(id(number)) > 0,
                provider_message_id: None,
                by: "ann".to_owned(),
                reason: None,
            };
            let key = MessageKey::any(id(number));
            store.resolve(key, word, now).await.unwrap();
        }
        Step::Pause(true) => {
            let pause = Pause {
                subject: PauseSubject::Provider,
                name: "first".to_owned(),
                since: now,
                reason: String::new(),
            };
            store.pause(pause).await.unwrap();
            world.engine.load_pauses().await.unwrap();
        }
        Step::Pause(false) => go_on(&world).await,
        Step::SetBack(seconds) => world.clock.set_back(Duration::from_secs(seconds)),
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

async fn go_on(world: &World) {
    let resuming = world.engine.resume(PauseSubject::Provider, "first");
    resuming.await.unwrap();
}

async fn life(steps: Vec<Step>) {
    let services = Arc::new(Services::new());
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
    let balance = world.engine.store.balance().await.unwrap();
    assert_eq!((balance.lost, balance.doubled), (0, 0), "{balance:?}");
}

/// Everybody is well again, and time passes.
async fn settle(world: &World, services: &Services) {
    services.are(Mood::Well);
    go_on(world).await;
    world.clock.pass(world.clock.was_set_back());
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
