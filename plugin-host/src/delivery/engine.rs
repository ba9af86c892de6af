//! Delivery at work: one task claims what is due, a task per call carries it, results go back into the store.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

use super::channel::Channel;
use super::lock::lock;
use super::outcome::later;
use super::paused::Paused;
use super::planner::Pass;
use super::slots::Slots;
use crate::DeliveryConfig;
use crate::clock::Clock;
use crate::kill_point::KillPoint;
use crate::routing::{HealthBook, HealthPolicy, HealthRecord, HealthSnapshot, Route};
use crate::store::{Claim, ClaimPass, Claimed, Store, StoreError};

/// How long the dispatcher pauses after the store failed, before it asks again.
const STORE_PAUSE: Duration = Duration::from_secs(1);

/// The dispatcher looks at the clock this often, in case somebody has set it or the machine was asleep.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// So many messages are claimed in one transaction: enough to fill calls, and few enough that the first of them begins soon and whoever
/// wants to write meanwhile does not wait long.
const LARGEST_CLAIM: usize = 500;

/// What a look at the outbox came to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// Something was claimed or moved: look again.
    Busy,
    /// There was nothing to do; something becomes due then.
    Idle { next_due: Option<Timestamp> },
}

/// Everything delivery works with. Shared by the tasks.
pub(crate) struct Engine {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) routes: Arc<[Route]>,
    pub(crate) channels: Arc<BTreeMap<String, Arc<Channel>>>,
    pub(crate) delivery: DeliveryConfig,
    pub(super) slots: Slots,
    /// Providers that could not be loaded, with the reason.
    pub(super) refused: Arc<BTreeMap<String, &'static str>>,
    pub(super) paused: Arc<Mutex<Paused>>,
    /// Held while an operator changes what is paused.
    pub(super) pausing: tokio::sync::Mutex<()>,
    pub(super) health: Arc<Mutex<HealthBook>>,
    /// Who rests, as the store has it.
    pub(super) kept_rests: tokio::sync::Mutex<Vec<HealthRecord>>,
    /// Whose turn was last, where more accounts wait than one look holds.
    last_account: Mutex<String>,
    wake: Notify,
    /// When the dispatcher looks again by itself, in microseconds; while it is at it, the end of time.
    alarm: AtomicI64,
    stopping: watch::Sender<bool>,
    /// Counts results, so that whoever waits for one need not poll.
    results: watch::Sender<u64>,
}

impl Engine {
    pub(crate) fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        routes: Vec<Route>,
        channels: BTreeMap<String, Arc<Channel>>,
        refused: BTreeMap<String, &'static str>,
        delivery: DeliveryConfig,
        slots: Slots,
    ) -> Self {
        Self {
            store,
            clock,
            routes: routes.into(),
            channels: Arc::new(channels),
            delivery,
            slots,
            refused: Arc::new(refused),
            paused: Arc::default(),
            pausing: tokio::sync::Mutex::default(),
            health: Arc::new(Mutex::new(HealthBook::new(policy(&delivery), []))),
            kept_rests: tokio::sync::Mutex::default(),
            last_account: Mutex::default(),
            wake: Notify::new(),
            alarm: AtomicI64::new(i64::MAX),
            stopping: watch::Sender::new(false),
            results: watch::Sender::new(0),
        }
    }

    /// Something may be due.
    pub(crate) fn wake(&self) {
        self.wake.notify_one();
    }

    /// Something that is in the store by now is due at this moment. A dispatcher that looks by itself in time is left asleep.
    ///
    /// The alarm is put off before the dispatcher looks and set again after: who reads one that is set has either been seen by that look,
    /// or compares with what came of it.
    pub(crate) fn due_at(&self, moment: Timestamp) {
        let is_due = moment <= self.clock.now();
        if is_due || moment.as_microsecond() < self.alarm.load(Ordering::SeqCst) {
            self.wake();
        }
    }

    /// No further claims.
    pub(crate) fn stop(&self) {
        self.stopping.send_replace(true);
        self.wake();
    }

    pub(super) fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    /// Waits, unless delivery stops first.
    pub(super) async fn idle(&self, length: Duration) {
        let mut stopping = self.stopping.subscribe();
        // The sender lives as long as `self`.
        let _ = tokio::time::timeout(length, stopping.wait_for(|stop| *stop)).await;
    }

    /// Changes whenever a message may have moved.
    pub(crate) fn results(&self) -> watch::Receiver<u64> {
        self.results.subscribe()
    }

    /// A message may have moved, and another may be due.
    pub(crate) fn recorded(&self) {
        self.results
            .send_modify(|count| *count = count.wrapping_add(1));
        self.wake();
    }

    /// Claims and calls until told to stop; returns when every call has ended.
    pub(crate) async fn run(self: Arc<Self>) {
        let mut calls = JoinSet::new();
        while !self.is_stopping() {
            match self.dispatch(&mut calls).await {
                Ok(Look::Busy) => {}
                Ok(Look::Idle { next_due }) => self.sleep(next_due).await,
                Err(error) => {
                    tracing::error!(%error, "nothing could be claimed");
                    self.idle(STORE_PAUSE).await;
                }
            }
            while calls.try_join_next().is_some() {}
        }
        while calls.join_next().await.is_some() {}
    }

    /// Claims what is due and begins the calls.
    pub(super) async fn dispatch(
        self: &Arc<Self>,
        calls: &mut JoinSet<()>,
    ) -> Result<Look, StoreError> {
        let (at, started) = (self.clock.now(), Instant::now());
        let pass = self.claim(at).await?;
        lock(&self.last_account).clone_from(&pass.after_account);
        if pass.moved > 0 {
            self.recorded();
        }
        if !pass.claimed.is_empty() {
            KillPoint::AfterClaim.reached();
        }
        let look = match pass.is_idle() {
            true => Look::Idle {
                next_due: pass.next_due,
            },
            false => Look::Busy,
        };
        for (channel, batch) in self.batches(pass.claimed) {
            let place = channel.begin_call();
            let engine = Arc::clone(self);
            calls.spawn(async move {
                Arc::clone(&engine).carry(channel, batch, started).await;
                drop(place);
                // Not before: who looks while the place is taken finds no room, and sleeps.
                engine.wake();
            });
        }
        Ok(look)
    }

    async fn claim(&self, now: Timestamp) -> Result<ClaimPass, StoreError> {
        let room: BTreeMap<String, usize> = self
            .channels
            .iter()
            .map(|(name, channel)| (name.clone(), channel.room()))
            .collect();
        let limit = room.values().sum::<usize>().min(LARGEST_CLAIM);
        if limit == 0 {
            return Ok(ClaimPass::default());
        }
        let mut pass = Pass {
            now,
            routes: Arc::clone(&self.routes),
            channels: Arc::clone(&self.channels),
            refused: Arc::clone(&self.refused),
            paused: Arc::clone(&self.paused),
            health: Arc::clone(&self.health),
            delivery: self.delivery,
            room,
        };
        let claim = Claim {
            now,
            limit,
            after_account: lock(&self.last_account).clone(),
        };
        self.store
            .claim(claim, Box::new(move |due| pass.plan(due)))
            .await
    }

    /// What was claimed, in as few calls as it takes; a priority message goes alone, and first.
    fn batches(&self, claimed: Vec<Claimed>) -> Vec<(Arc<Channel>, Vec<Claimed>)> {
        let (urgent, rest): (Vec<_>, Vec<_>) =
            claimed.into_iter().partition(|one| one.due.priority);
        let mut of_each: BTreeMap<String, Vec<Claimed>> = BTreeMap::new();
        for one in rest {
            let provider = one.plan.provider.clone();
            of_each.entry(provider).or_default().push(one);
        }
        let alone = urgent.into_iter().filter_map(|one| {
            let channel = self.channels.get(&one.plan.provider)?;
            Some((Arc::clone(channel), vec![one]))
        });
        let together = of_each.into_iter().flat_map(|(provider, claimed)| {
            let channel = self.channels.get(&provider);
            channel.map_or_else(Vec::new, |channel| full_calls(channel, claimed))
        });
        alone.chain(together).collect()
    }

    /// Until something becomes due that was not at the last look. What was due and found no room waits for a call to end, which wakes.
    pub(super) async fn sleep(&self, next_due: Option<Timestamp>) {
        let now = self.clock.now();
        let longest = later(now, LONGEST_SLEEP);
        let until = next_due.map_or(longest, |due| due.min(longest));
        self.alarm.store(until.as_microsecond(), Ordering::SeqCst);
        let wait = Duration::try_from(until.duration_since(now)).unwrap_or_default();
        // Woken or not, the next look tells.
        let _ = tokio::time::timeout(wait, self.wake.notified()).await;
        self.alarm.store(i64::MAX, Ordering::SeqCst);
    }

    pub(crate) fn calls_in_flight(&self) -> usize {
        self.channels.values().map(|one| one.in_flight()).sum()
    }

    pub(crate) fn health_snapshots(&self) -> Vec<HealthSnapshot> {
        lock(&self.health).snapshots(self.clock.now()).collect()
    }
}

fn full_calls(channel: &Arc<Channel>, claimed: Vec<Claimed>) -> Vec<(Arc<Channel>, Vec<Claimed>)> {
    let mut claimed = claimed.into_iter().peekable();
    let mut calls = Vec::new();
    while claimed.peek().is_some() {
        let call = claimed.by_ref().take(channel.max_batch).collect();
        calls.push((Arc::clone(channel), call));
    }
    calls
}

/// A probe that is lost is waited for until its call must have ended.
fn policy(delivery: &DeliveryConfig) -> HealthPolicy {
    let policy = HealthPolicy::default();
    HealthPolicy {
        probe_patience: policy.probe_patience.max(delivery.hard_deadline),
        ..policy
    }
}
