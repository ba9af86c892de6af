//! The webhooks under way: when each is tried, how often, and what became of it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::call::WebhookCall;
use super::outcome::WebhookOutcome;
use crate::simulator::clock::{Clock, later};
use crate::simulator::service::lock;

/// Requests under way at once to all hosts together.
const IN_FLIGHT: usize = 32;
const MINUTE: Duration = Duration::from_secs(60);

/// When webhooks are tried again and how long an answer may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookTiming {
    /// Waits before the second, third, … attempt, on the simulator's clock. The default is Postmark's newest published
    /// schedule: 1, 5, 15, then 1, 5, 10, 10, 10, 15 minutes. Empty: one attempt only.
    pub retries: Vec<Duration>,
    /// How long one attempt may take in real time. Postmark publishes none; the default is 10 seconds.
    pub timeout: Duration,
}

impl Default for WebhookTiming {
    fn default() -> Self {
        let retries = [1, 5, 15, 1, 5, 10, 10, 10, 15]
            .map(|minutes| MINUTE * minutes)
            .to_vec();
        Self {
            retries,
            timeout: Duration::from_secs(10),
        }
    }
}

/// How webhooks are disturbed on purpose, drawn from the simulator's seed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Disorder {
    /// Share of events that are posted twice with the same trace id, 0 to 1.
    pub duplicate_rate: f64,
    /// Events leave after a random wait of up to this many simulated milliseconds, so that they overtake each other.
    pub shuffle_within_ms: u64,
}

impl Disorder {
    /// Doubles a share of the events and lets them overtake each other within a window of simulated time.
    #[must_use]
    pub fn new(duplicate_rate: f64, shuffle_within: Duration) -> Self {
        let shuffle_within_ms = u64::try_from(shuffle_within.as_millis()).unwrap_or(u64::MAX);
        Self {
            duplicate_rate,
            shuffle_within_ms,
        }
    }
}

/// One attempt to post one event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct WebhookAttempt {
    /// The event's kind in the service's word, e.g. `Delivery`.
    pub event: &'static str,
    /// The same for all attempts and duplicates of one event.
    pub trace_id: String,
    /// What `X-PM-Retries-Remaining` said.
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
        let trace_id = uuid::Uuid::new_v4().to_string();
        let waits = lock(&self.inner.chance).draw();
        self.inner
            .pending
            .send_modify(|pending| *pending += waits.len());
        let mut tasks = lock(&self.inner.tasks);
        while tasks.try_join_next().is_some() {}
        for wait in waits {
            let (inner, call, trace_id) = (Arc::clone(&self.inner), call.clone(), trace_id.clone());
            let post = async move {
                inner
                    .clock
                    .sleep_until(later(inner.clock.now(), wait))
                    .await;
                inner.deliver(&call, &trace_id).await;
                inner.pending.send_modify(|pending| *pending -= 1);
            };
            tasks.spawn_on(post, &self.inner.runtime);
        }
    }

    /// Posts once, outside the queue, and says how it went: for verification probes.
    pub(in crate::simulator) async fn probe(&self, call: &WebhookCall) -> WebhookOutcome {
        call.post(&self.inner.client, &uuid::Uuid::new_v4().to_string(), 0)
            .await
    }

    /// Ends everything under way.
    pub(in crate::simulator) fn stop(&self) {
        lock(&self.inner.tasks).abort_all();
    }
}

impl Inner {
    async fn deliver(&self, call: &WebhookCall, trace_id: &str) {
        for attempt in 0..=self.retries.len() {
            let left = self.retries.len() - attempt;
            let (outcome, at) = self.attempt(call, trace_id, left).await;
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
    ) -> (WebhookOutcome, Timestamp) {
        // Closed never: the semaphore belongs to `self`.
        let _place = self.in_flight.acquire().await;
        let outcome = call.post(&self.client, trace_id, retries_remaining).await;
        let at = self.clock.now();
        lock(&self.attempts).push(WebhookAttempt {
            event: call.event,
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
}
