//! The webhooks under way: when each is tried, how often, and what became of it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde::Serialize;
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::call::{Attempt, WebhookCall};
use super::lane::{Lane, LaneEvent};
use super::outcome::WebhookOutcome;
use super::timing::Disorder;
use crate::simulator::clock::{Clock, later};
use crate::simulator::service::lock;

/// Requests under way at once to all hosts together.
const IN_FLIGHT: usize = 32;

/// One attempt to post one request: an event, or a list of them where the service posts lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct WebhookAttempt {
    /// The event's kind in the service's word, e.g. `Delivery`; of a list, all kinds in it with commas between.
    pub event: String,
    /// The same for all attempts and duplicates of one event; of a list, for all its attempts.
    pub trace_id: String,
    /// How many attempts the schedule has left after this one.
    pub retries_remaining: usize,
    /// When, on the simulator's clock.
    pub at: Timestamp,
    /// How it ended.
    #[serde(flatten)]
    pub outcome: WebhookOutcome,
}

/// The webhooks of a running simulator. Cloning gives another handle to the same queue.
#[derive(Clone, Debug)]
pub struct Webhooks {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    client: reqwest::Client,
    clock: Clock,
    retries: Vec<Duration>,
    chance: Mutex<Chance>,
    attempts: Mutex<Vec<WebhookAttempt>>,
    pending: watch::Sender<usize>,
    in_flight: Semaphore,
    tasks: Mutex<JoinSet<()>>,
    /// Recipients may act, and thereby post, on any thread.
    runtime: Handle,
}

#[derive(Debug)]
struct Chance {
    disorder: Disorder,
    dice: StdRng,
}

impl Webhooks {
    pub(in crate::simulator) fn new(
        client: reqwest::Client,
        clock: Clock,
        retries: Vec<Duration>,
        seed: u64,
    ) -> Self {
        let chance = Chance {
            disorder: Disorder::default(),
            dice: StdRng::seed_from_u64(seed),
        };
        let inner = Inner {
            client,
            clock,
            retries,
            chance: Mutex::new(chance),
            attempts: Mutex::new(Vec::new()),
            pending: watch::channel(0).0,
            in_flight: Semaphore::new(IN_FLIGHT),
            tasks: Mutex::new(JoinSet::new()),
            runtime: Handle::current(),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Doubles and shuffles the events to come.
    pub fn disturb(&self, disorder: Disorder) {
        lock(&self.inner.chance).disorder = disorder;
    }

    /// Every attempt so far, in the order in which they ended.
    #[must_use]
    pub fn attempts(&self) -> Vec<WebhookAttempt> {
        lock(&self.inner.attempts).clone()
    }

    /// Number of events not yet delivered, dropped or given up, each duplicate counted.
    #[must_use]
    pub fn pending(&self) -> usize {
        *self.inner.pending.borrow()
    }

    /// Waits until nothing is pending. With a clock that stands still and a host that is away that is never: put a deadline
    /// around it.
    pub async fn settled(&self) {
        let mut pending = self.inner.pending.subscribe();
        // The sender lives as long as `self`, so the wait cannot fail.
        let _ = pending.wait_for(|pending| *pending == 0).await;
    }

    /// Sends an event on its way and returns at once.
    pub(in crate::simulator) fn post(&self, call: WebhookCall) {
        let trace_id = new_trace_id();
        let waits = lock(&self.inner.chance).draw();
        self.expect(waits.len());
        for wait in waits {
            let (inner, call, trace_id) = (Arc::clone(&self.inner), call.clone(), trace_id.clone());
            let due = later(self.inner.clock.now(), wait);
            self.spawn(async move {
                inner.clock.sleep_until(due).await;
                inner.deliver(&call, &trace_id).await;
                inner.done(1);
            });
        }
    }

    /// Sends events on their way that share requests with whatever else waits in the lane, and returns at once.
    pub(in crate::simulator) fn post_together(&self, lane: &Arc<Lane>, events: Vec<LaneEvent>) {
        let groups = lock(&self.inner.chance).group(events);
        self.expect(groups.values().map(Vec::len).sum());
        for ((_, wait), events) in groups {
            let (inner, lane) = (Arc::clone(&self.inner), Arc::clone(lane));
            let joins = later(self.inner.clock.now(), wait);
            // In the lane before the clock is moved on by whoever called.
            let late = match wait.is_zero() {
                true => lane.put(events),
                false => events,
            };
            self.spawn(async move {
                inner.clock.sleep_until(joins).await;
                let alone = lane.put(late);
                let leaves = later(joins, lane.window());
                inner.clock.sleep_until(leaves).await;
                inner.deliver_all(lane.requests(alone)).await;
            });
        }
    }

    /// Does something later on the simulator's clock; it counts as pending until then.
    pub(in crate::simulator) fn at(&self, at: Timestamp, act: impl FnOnce() + Send + 'static) {
        self.expect(1);
        let inner = Arc::clone(&self.inner);
        self.spawn(async move {
            inner.clock.sleep_until(at).await;
            act();
            inner.done(1);
        });
    }

    /// Posts once, outside the queue, and says how it went: for verification probes.
    pub(in crate::simulator) async fn probe(&self, call: &WebhookCall) -> WebhookOutcome {
        let at = self.inner.clock.now();
        let attempt = Attempt {
            trace_id: &new_trace_id(),
            retries_remaining: 0,
            first_at: at,
            at,
            body: &call.body,
        };
        call.post(&self.inner.client, &attempt).await
    }

    fn expect(&self, events: usize) {
        self.inner.pending.send_modify(|pending| *pending += events);
    }

    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = lock(&self.inner.tasks);
        while tasks.try_join_next().is_some() {}
        tasks.spawn_on(task, &self.inner.runtime);
    }

    /// Ends everything under way.
    pub(in crate::simulator) fn stop(&self) {
        lock(&self.inner.tasks).abort_all();
    }
}

impl Inner {
    fn done(&self, events: usize) {
        self.pending.send_modify(|pending| *pending -= events);
    }

    /// Delivers requests beside each other, each with the number of events in it.
    async fn deliver_all(self: &Arc<Self>, requests: Vec<(WebhookCall, usize)>) {
        let mut under_way = JoinSet::new();
        for (call, events) in requests {
            let inner = Arc::clone(self);
            under_way.spawn(async move {
                inner.deliver(&call, &new_trace_id()).await;
                inner.done(events);
            });
        }
        under_way.join_all().await;
    }

    async fn deliver(&self, call: &WebhookCall, trace_id: &str) {
        let mut first_at = None;
        for attempt in 0..=self.retries.len() {
            let left = self.retries.len() - attempt;
            let (outcome, at) = self.attempt(call, trace_id, left, &mut first_at).await;
            match (outcome, self.retries.get(attempt)) {
                (WebhookOutcome::Delivered { .. } | WebhookOutcome::Dropped { .. }, _)
                | (_, None) => return,
                (_, Some(wait)) => self.clock.sleep_until(later(at, *wait)).await,
            }
        }
    }

    /// Tries once; how and when that ended.
    async fn attempt(
        &self,
        call: &WebhookCall,
        trace_id: &str,
        retries_remaining: usize,
        first_at: &mut Option<Timestamp>,
    ) -> (WebhookOutcome, Timestamp) {
        // Closed never: the semaphore belongs to `self`.
        let _place = self.in_flight.acquire().await;
        let started = self.clock.now();
        let attempt = Attempt {
            trace_id,
            retries_remaining,
            first_at: *first_at.get_or_insert(started),
            at: started,
            body: &call.body,
        };
        let outcome = call.post(&self.client, &attempt).await;
        let at = self.clock.now();
        lock(&self.attempts).push(WebhookAttempt {
            event: call.event.clone(),
            trace_id: trace_id.to_owned(),
            retries_remaining,
            at,
            outcome,
        });
        (outcome, at)
    }
}

impl Chance {
    /// How long each copy of the next event waits: one copy, or two.
    fn draw(&mut self) -> Vec<Duration> {
        let copies = 1 + usize::from(
            self.dice
                .random_bool(self.disorder.duplicate_rate.clamp(0.0, 1.0)),
        );
        let window = self.disorder.shuffle_within_ms;
        (0..copies)
            .map(|_| Duration::from_millis(self.dice.random_range(0..=window)))
            .collect()
    }

    /// The copies of each event, those together that leave at the same time; a second copy never goes with the first ones.
    fn group(&mut self, events: Vec<LaneEvent>) -> BTreeMap<(usize, Duration), Vec<LaneEvent>> {
        let mut groups: BTreeMap<_, Vec<LaneEvent>> = BTreeMap::new();
        for event in events {
            for (copy, wait) in self.draw().into_iter().enumerate() {
                groups.entry((copy, wait)).or_default().push(event.clone());
            }
        }
        groups
    }
}

fn new_trace_id() -> String {
    uuid::Uuid::new_v4().to_string()
}
