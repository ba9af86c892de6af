//! Delivery at work: one task claims what is due, a task per call carries it, results go back into the store.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

use super::channel::Channel;
use super::planner::{Pass, lock};
use crate::DeliveryConfig;
use crate::routing::{HealthBook, HealthPolicy, Route};
use crate::store::{Claim, ClaimPass, Claimed, SqliteStore, StoreError};

/// How long the dispatcher pauses after the store failed, before it asks again.
const STORE_PAUSE: Duration = Duration::from_secs(1);

/// Everything delivery works with. Shared by the tasks.
pub(crate) struct Engine {
    pub(crate) store: Arc<SqliteStore>,
    pub(crate) routes: Arc<[Route]>,
    pub(crate) channels: Arc<BTreeMap<String, Arc<Channel>>>,
    /// Providers that could not be loaded, with the reason.
    pub(crate) refused: Arc<BTreeMap<String, String>>,
    pub(crate) health: Arc<Mutex<HealthBook>>,
    pub(crate) delivery: DeliveryConfig,
    wake: Notify,
    stopping: AtomicBool,
    /// Wakes what sleeps until something other than work.
    stopped: Notify,
    /// Counts results, so that whoever waits for one need not poll.
    results: watch::Sender<u64>,
}

impl Engine {
    pub(crate) fn new(
        store: Arc<SqliteStore>,
        routes: Vec<Route>,
        channels: BTreeMap<String, Arc<Channel>>,
        refused: BTreeMap<String, String>,
        delivery: DeliveryConfig,
    ) -> Self {
        Self {
            store,
            routes: routes.into(),
            channels: Arc::new(channels),
            refused: Arc::new(refused),
            health: Arc::new(Mutex::new(HealthBook::new(HealthPolicy::default(), []))),
            delivery,
            wake: Notify::new(),
            stopping: AtomicBool::new(false),
            stopped: Notify::new(),
            results: watch::Sender::new(0),
        }
    }

    /// Something may be due.
    pub(crate) fn wake(&self) {
        self.wake.notify_one();
    }

    /// No further claims.
    pub(crate) fn stop(&self) {
        self.stopping.store(true, Ordering::Release);
        self.stopped.notify_waiters();
        self.wake.notify_waiters();
        self.wake.notify_one();
    }

    /// Sleeps, or less when told to stop.
    pub(super) async fn pause(&self, pause: Duration) {
        let mut stopped = std::pin::pin!(self.stopped.notified());
        stopped.as_mut().enable();
        if !self.is_stopping() {
            // Either ending is fine: the caller looks whether it is to go on.
            let _ = tokio::time::timeout(pause, stopped).await;
        }
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }

    /// Changes whenever a result has been recorded.
    pub(crate) fn results(&self) -> watch::Receiver<u64> {
        self.results.subscribe()
    }

    /// Something outside delivery changed a message.
    pub(crate) fn results_changed(&self) {
        self.recorded();
    }

    pub(super) fn recorded(&self) {
        self.results
            .send_modify(|count| *count = count.wrapping_add(1));
        self.wake();
    }

    /// Claims and calls until told to stop; returns when every call has ended.
    pub(crate) async fn run(self: Arc<Self>) {
        let mut calls = JoinSet::new();
        while !self.is_stopping() {
            match self.claim().await {
                Ok(pass) => {
                    if pass.moved > 0 {
                        self.recorded();
                    } else if pass.claimed.is_empty() {
                        self.sleep().await;
                    }
                    self.start(pass.claimed, &mut calls);
                }
                Err(error) => {
                    tracing::error!(%error, "nothing could be claimed");
                    tokio::time::sleep(STORE_PAUSE).await;
                }
            }
            while calls.try_join_next().is_some() {}
        }
        while calls.join_next().await.is_some() {}
    }

    async fn claim(&self) -> Result<ClaimPass, StoreError> {
        let now = Timestamp::now();
        let mut pass = Pass {
            now,
            routes: Arc::clone(&self.routes),
            channels: Arc::clone(&self.channels),
            refused: Arc::clone(&self.refused),
            health: Arc::clone(&self.health),
            delivery: self.delivery,
            room: self.room(),
        };
        let limit = pass.room.values().sum();
        if limit == 0 && !self.channels.is_empty() {
            return Ok(ClaimPass::default());
        }
        let claim = Claim {
            now,
            limit: usize::max(limit, 1),
            epoch: self.store.epoch(),
        };
        self.store
            .claim(claim, Box::new(move |due| pass.plan(due)))
            .await
    }

    fn room(&self) -> BTreeMap<String, usize> {
        let room = |channel: &Channel| channel.calls.available_permits() * channel.max_batch;
        self.channels
            .iter()
            .map(|(name, channel)| (name.clone(), room(channel)))
            .collect()
    }

    /// Until something may be due.
    async fn sleep(&self) {
        let due = self.store.next_due().await.ok().flatten();
        let wait =
            due.and_then(|due| Duration::try_from(due.duration_since(Timestamp::now())).ok());
        // A message that is due now but found no room waits for a call to end, which wakes.
        match wait {
            Some(wait) if !wait.is_zero() => {
                let _ = tokio::time::timeout(wait, self.wake.notified()).await;
            }
            _ => self.wake.notified().await,
        }
    }

    /// Puts what was claimed for one provider into as few calls as it takes; a priority message goes alone.
    fn start(self: &Arc<Self>, claimed: Vec<Claimed>, calls: &mut JoinSet<()>) {
        let mut per_provider: BTreeMap<String, Vec<Claimed>> = BTreeMap::new();
        for one in claimed {
            if one.due.priority {
                self.call(vec![one], calls);
            } else {
                per_provider
                    .entry(one.plan.provider.clone())
                    .or_default()
                    .push(one);
            }
        }
        for (provider, mut waiting) in per_provider {
            let Some(channel) = self.channels.get(&provider) else {
                continue;
            };
            while !waiting.is_empty() {
                let rest = waiting.split_off(waiting.len().min(channel.max_batch));
                self.call(std::mem::replace(&mut waiting, rest), calls);
            }
        }
    }

    fn call(self: &Arc<Self>, batch: Vec<Claimed>, calls: &mut JoinSet<()>) {
        let provider = batch.first().map(|one| one.plan.provider.as_str());
        let Some(channel) = provider.and_then(|name| self.channels.get(name)) else {
            return;
        };
        calls.spawn(Arc::clone(self).carry(Arc::clone(channel), batch));
    }

    pub(crate) fn health_snapshots(&self) -> Vec<crate::routing::HealthSnapshot> {
        lock(&self.health).snapshots(Timestamp::now()).collect()
    }
}
