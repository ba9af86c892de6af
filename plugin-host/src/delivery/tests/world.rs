//! An engine over a store in a file, and a clock that stands until it is moved.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use plugin_api::{Mailbox, Message, MessageBuilder, Provider, TrackingId};
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::clock::Clock;
use crate::delivery::engine::{Engine, Look};
use crate::delivery::outcome::interrupted;
use crate::delivery::planner::in_doubt_policy;
use crate::delivery::{
    BootId, Build, Channel, Marks, Resolution, ResolveOutcome, Slots, slot_file,
};
use crate::routing::Route;
use crate::store::{Interrupted, MessageKey, MessageView, NewMessage};
use crate::{DeliveryConfig, ProviderConfig};

pub(super) const ACCOUNT: &str = "0a0a0a0a-0000-4000-8000-000000000001";

/// Stands still until it is moved.
pub(super) struct TestClock {
    now: Mutex<Timestamp>,
    set_back: Mutex<Duration>,
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }
}

impl TestClock {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            now: Mutex::new(Timestamp::from_second(1_800_000_000).unwrap()),
            set_back: Mutex::default(),
        })
    }

    pub(super) fn pass(&self, time: Duration) {
        let mut now = self.now.lock().unwrap();
        *now = now.checked_add(time).unwrap();
    }

    pub(super) fn set_back(&self, time: Duration) {
        let mut now = self.now.lock().unwrap();
        *now = now.checked_sub(time).unwrap();
        *self.set_back.lock().unwrap() += time;
    }

    /// By how much in all.
    pub(super) fn was_set_back(&self) -> Duration {
        *self.set_back.lock().unwrap()
    }
}

/// A route over these providers, equal shares, first come first.
pub(super) fn route(providers: &[&str], more: serde_json::Value) -> Route {
    let entry = |name: &&str| serde_json::json!({ "provider": name, "weight": 1 });
    let pool: Vec<_> = providers.iter().map(entry).collect();
    let mut table = serde_json::json!({ "name": "default", "pool": pool });
    for (key, value) in more.as_object().into_iter().flatten() {
        table[key] = value.clone();
    }
    serde_json::from_value(table).unwrap()
}

pub(super) fn id(number: u8) -> TrackingId {
    TrackingId::from_bytes([number; 16])
}

pub(super) fn draft(number: u8) -> MessageBuilder {
    Message::builder()
        .from(Mailbox::new("sales@host.example").unwrap())
        .subject("Hello")
        .html_body("<p>Hello</p>")
        .account_uid(ACCOUNT)
        .lead_uid(format!("lead-{number}"))
        .tracking_id(id(number))
}

pub(super) fn message(number: u8) -> Message {
    draft(number)
        .to(Mailbox::new("ann@example.com").unwrap())
        .build()
        .unwrap()
}

pub(super) struct World {
    pub(super) engine: Arc<Engine>,
    pub(super) clock: Arc<TestClock>,
    pub(super) path: PathBuf,
    folder: TempDir,
}

impl World {
    pub(super) async fn new(route: Route, providers: Vec<(&str, Arc<dyn Provider>)>) -> Self {
        let clock = TestClock::new();
        let folder = tempfile::tempdir().unwrap();
        // One call at a time: the order of calls is that of the claims.
        Self::begin(
            folder,
            clock,
            vec![route],
            providers,
            DeliveryConfig::default(),
            1,
        )
        .await
    }

    /// With calls side by side.
    pub(super) async fn busy(
        route: Route,
        providers: Vec<(&str, Arc<dyn Provider>)>,
        delivery: DeliveryConfig,
    ) -> Self {
        let clock = TestClock::new();
        let folder = tempfile::tempdir().unwrap();
        Self::begin(folder, clock, vec![route], providers, delivery, 4).await
    }

    async fn begin(
        folder: TempDir,
        clock: Arc<TestClock>,
        routes: Vec<Route>,
        providers: Vec<(&str, Arc<dyn Provider>)>,
        delivery: DeliveryConfig,
        calls_at_once: usize,
    ) -> Self {
        let path = folder.path().join("host.db");
        let store = crate::store::open(&path).unwrap();
        let (now, policies) = (clock.now(), routes.clone());
        let (boot, slot_file) = (BootId::of_this_machine(), slot_file(&path));
        let marks = Marks::read(&slot_file, boot);
        let plan = move |one: &Interrupted| {
            interrupted(one, &marks, now, in_doubt_policy(&policies, &one.route))
        };
        store.recover(Box::new(plan)).await.unwrap();
        let channel = |(name, provider): (&str, Arc<dyn Provider>)| {
            let build = Build {
                name: "mock".to_owned(),
                version: "1.0.0".to_owned(),
                hash: "00".to_owned(),
            };
            let mut config = ProviderConfig::new(name, "mock", serde_json::Value::Null);
            config.max_in_flight = calls_at_once;
            (
                name.to_owned(),
                Arc::new(Channel::new(&config, provider, build, now)),
            )
        };
        let channels: BTreeMap<_, _> = providers.into_iter().map(channel).collect();
        let slots = Slots::begin(&slot_file, store.epoch(), boot, 50).unwrap();
        let engine = Arc::new(Engine::new(
            store,
            clock.clone(),
            routes,
            channels,
            BTreeMap::new(),
            delivery,
            slots,
        ));
        engine.load_pauses().await.unwrap();
        engine.load_rests().await.unwrap();
        engine.check_unknown().await;
        Self {
            engine,
            clock,
            path,
            folder,
        }
    }

    /// The process ends and a new one begins, with these providers.
    pub(super) async fn restarted(self, providers: Vec<(&str, Arc<dyn Provider>)>) -> Self {
        let Self {
            engine,
            clock,
            folder,
            ..
        } = self;
        let (routes, delivery) = (engine.routes.to_vec(), engine.delivery);
        drop(engine);
        Self::begin(folder, clock, routes, providers, delivery, 1).await
    }

    pub(super) async fn accept(&self, message: Message) {
        self.accept_as(message, false, None).await;
    }

    pub(super) async fn accept_as(
        &self,
        message: Message,
        priority: bool,
        send_at: Option<Timestamp>,
    ) {
        let new = NewMessage {
            priority,
            send_at,
            ..self.new_message(message)
        };
        self.engine.store.accept(vec![new]).await.remove(0).unwrap();
    }

    /// As a route would whose messages pass an unsubscribe.
    pub(super) async fn accept_essential(&self, message: Message) {
        let new = NewMessage {
            essential: true,
            ..self.new_message(message)
        };
        self.engine.store.accept(vec![new]).await.remove(0).unwrap();
    }

    fn new_message(&self, message: Message) -> NewMessage {
        NewMessage {
            message,
            route: "default".to_owned(),
            essential: false,
            priority: false,
            size: 100,
            accepted_at: self.clock.now(),
            send_at: None,
        }
    }

    /// When its call has surely ended, a person says that a message in doubt was not sent.
    pub(super) async fn say_not_sent(&self, number: u8) {
        let word = Resolution {
            sent: false,
            provider_message_id: None,
            by: "ann".to_owned(),
            reason: None,
        };
        let key = MessageKey::any(id(number));
        self.clock.pass(self.engine.delivery.hard_deadline);
        let now = self.clock.now();
        let outcome = self.engine.store.resolve(key, word, now).await.unwrap();
        assert_eq!(outcome, ResolveOutcome::Resolved);
    }

    /// Delivers everything that is due at this moment of the clock, calls and their consequences included.
    pub(super) async fn deliver(&self) {
        let mut calls = JoinSet::new();
        loop {
            let look = self.engine.dispatch(&mut calls).await.unwrap();
            while let Some(ended) = calls.join_next().await {
                ended.unwrap();
            }
            if look != Look::Busy {
                return;
            }
        }
    }

    /// The same after a time.
    pub(super) async fn deliver_after(&self, time: Duration) {
        self.clock.pass(time);
        self.deliver().await;
    }

    /// Asks about doubts after a time.
    pub(super) async fn reconcile_after(&self, time: Duration) {
        self.clock.pass(time);
        self.engine.reconcile_once().await;
    }

    pub(super) async fn view(&self, number: u8) -> MessageView {
        let view = self.engine.store.message(MessageKey::any(id(number))).await;
        view.unwrap().expect("it was accepted")
    }

    pub(super) async fn state(&self, number: u8) -> String {
        self.view(number).await.summary.state.to_string()
    }

    /// How each attempt ended, in order.
    pub(super) async fn outcomes(&self, number: u8) -> Vec<(String, String)> {
        let attempts = self.view(number).await.attempts;
        let told = attempts
            .into_iter()
            .map(|one| (one.provider, one.outcome.unwrap_or_default()));
        told.collect()
    }
}
