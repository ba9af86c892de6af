//! Settling doubt by asking the providers.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use plugin_api::{CallContext, Lookup, SentQuery};
use tokio::task::JoinSet;

use super::channel::Channel;
use super::engine::Engine;
use super::evidence::{Heard, hear};
use super::lock::lock;
use super::planner::in_doubt_policy;
use super::trust::{believed, hits};
use crate::kill_point::KillPoint;
use crate::store::{Doubt, DoubtQuery, StoreError};

/// So many doubts are asked about in one call.
const LARGEST_ASK: usize = 500;

impl Engine {
    /// Asks about what is in doubt, every so often, until told to stop.
    pub(crate) async fn reconcile(self: Arc<Self>) {
        const LEAST: Duration = Duration::from_millis(10);
        let config = self.delivery.reconcile;
        let every = config.every.min(config.after).max(LEAST);
        loop {
            self.idle(every).await;
            if self.is_stopping() {
                return;
            }
            self.check_unknown().await;
            self.reconcile_once().await;
        }
    }

    /// One round over everything that is ripe to be asked about; failures long past are forgotten on the way. Providers are asked side by side, so that one that hangs delays no other.
    pub(super) async fn reconcile_once(self: &Arc<Self>) {
        lock(&self.health).forget(self.clock.now());
        let mut asking = JoinSet::new();
        for channel in self.channels.values() {
            let (engine, channel) = (Arc::clone(self), Arc::clone(channel));
            asking.spawn(async move {
                if let Err(error) = engine.ask_about_doubts(&channel).await {
                    tracing::error!(provider = channel.name, %error, "doubts could not be settled");
                }
            });
        }
        // A task that panicked has been reported by the panic hook; the next round asks again.
        while asking.join_next().await.is_some() {}
    }

    async fn ask_about_doubts(&self, channel: &Channel) -> Result<(), StoreError> {
        let doubts = self.store.doubts(self.ripe(&channel.name)).await?;
        if doubts.is_empty() {
            return Ok(());
        }
        let queries: Vec<SentQuery> = doubts.iter().map(query).collect();
        let context = CallContext::new(self.delivery.soft_deadline, self.delivery.soft_deadline);
        let mut lookups = channel.provider.find_sent(&queries, &context).await;
        KillPoint::DuringReconciliation.reached();
        lookups.resize_with(doubts.len(), || Lookup::unknown("no answer came back"));
        let account = channel.checked().account;
        let hits = hits(&doubts, &lookups);
        let of_others = self.store.of_others(channel.name.clone(), hits).await?;
        let (now, config) = (self.clock.now(), &self.delivery.reconcile);
        let heard = doubts.iter().zip(lookups).map(|(doubt, lookup)| {
            let lookup = believed(doubt, lookup, account.as_deref(), &of_others);
            let policy = in_doubt_policy(&self.routes, &doubt.route);
            hear(doubt, &lookup, policy, now, config)
        });
        self.note(&doubts, heard.collect()).await
    }

    async fn note(&self, doubts: &[Doubt], heard: Vec<Heard>) -> Result<(), StoreError> {
        let mut settlements = Vec::new();
        let mut asked = Vec::new();
        for (doubt, heard) in doubts.iter().zip(heard) {
            if let Some(settled) = heard.settlement {
                tracing::info!(
                    tracking_id = %doubt.tracking_id,
                    attempt = doubt.number,
                    provider = doubt.provider,
                    provider_message_id = settled.provider_message_id,
                    state = %settled.state,
                    next = settled.next,
                    "doubt settled",
                );
                settlements.push(settled);
            }
            asked.push(heard.asked);
        }
        if !settlements.is_empty() {
            self.keep(settlements).await;
        }
        self.store.asked(asked).await
    }

    fn ripe(&self, provider: &str) -> DoubtQuery {
        let config = &self.delivery.reconcile;
        let now = self.clock.now();
        let ago = |wait: Duration| now.checked_sub(wait).unwrap_or(Timestamp::MIN);
        DoubtQuery {
            provider: provider.to_owned(),
            claimed_before: ago(config.after),
            asked_before: ago(config.every),
            held_asked_before: ago(config.patience.max(config.every)),
            given_up_after: ago(self.delivery.max_age),
            limit: LARGEST_ASK,
        }
    }
}

fn query(doubt: &Doubt) -> SentQuery {
    let mut query = SentQuery::new(doubt.tracking_id, doubt.claimed_at, doubt.hard_deadline);
    query.stream = doubt.stream.clone();
    query.to = doubt.to.clone();
    query
}
