//! Settling doubt by asking the providers.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use plugin_api::{CallContext, Lookup, SentQuery};

use super::absence::{Absence, absence};
use super::channel::Channel;
use super::engine::Engine;
use super::planner::in_doubt_policy;
use crate::delivery::MessageState;
use crate::routing::{InDoubtPolicy, Outcome};
use crate::store::{Doubt, Settlement, StoreError};

/// So many doubts are asked about in one call.
const LARGEST_ASK: usize = 500;

impl Engine {
    /// Asks about what is in doubt, every so often, until told to stop.
    pub(crate) async fn reconcile(self: Arc<Self>) {
        let every = self
            .delivery
            .reconcile
            .every
            .min(self.delivery.reconcile.after);
        while !self.is_stopping() {
            self.pause(every.max(Duration::from_millis(10))).await;
            if self.is_stopping() {
                return;
            }
            if let Err(error) = self.reconcile_once().await {
                tracing::error!(%error, "doubts could not be read");
            }
        }
    }

    /// One round over everything that is ripe to be asked about.
    pub(crate) async fn reconcile_once(&self) -> Result<(), StoreError> {
        let now = Timestamp::now();
        let config = &self.delivery.reconcile;
        let ago = |wait: Duration| now.checked_sub(wait).unwrap_or(Timestamp::MIN);
        let doubts = self.store.doubts(ago(config.every), LARGEST_ASK).await?;
        let mut per_provider: BTreeMap<String, Vec<Doubt>> = BTreeMap::new();
        for doubt in doubts
            .into_iter()
            .filter(|doubt| doubt.claimed_at <= ago(config.after))
        {
            per_provider
                .entry(doubt.provider.clone())
                .or_default()
                .push(doubt);
        }
        for (provider, doubts) in per_provider {
            if let Some(channel) = self.channels.get(&provider) {
                self.ask_about(channel, doubts).await?;
            }
        }
        Ok(())
    }

    async fn ask_about(&self, channel: &Channel, doubts: Vec<Doubt>) -> Result<(), StoreError> {
        // A lookup in another account proves nothing.
        let account = channel.account();
        let (same, other): (Vec<_>, Vec<_>) = doubts
            .into_iter()
            .partition(|doubt| account.is_some() && doubt.provider_account == account);
        for doubt in &other {
            self.store
                .asked(doubt.attempt, Timestamp::now(), false)
                .await?;
        }
        if same.is_empty() {
            return Ok(());
        }
        let queries: Vec<SentQuery> = same.iter().map(query).collect();
        let context = CallContext::new(self.delivery.soft_deadline, self.delivery.soft_deadline);
        let found = channel.provider.find_sent(&queries, &context).await;
        for (doubt, lookup) in same.iter().zip(found) {
            self.hear(doubt, lookup).await?;
        }
        Ok(())
    }

    async fn hear(&self, doubt: &Doubt, lookup: Lookup) -> Result<(), StoreError> {
        let now = Timestamp::now();
        match lookup {
            Lookup::Found(receipt) => {
                let settled = Settlement {
                    outcome: Some(Outcome::Sent),
                    state: MessageState::Sent,
                    next: "nothing: found at the provider".to_owned(),
                    provider_message_id: Some(receipt.id.to_string()),
                    doubled: u32::try_from(receipt.duplicates.len()).unwrap_or(u32::MAX),
                    ..settlement(doubt, now)
                };
                self.settle_doubt(doubt, settled).await;
            }
            Lookup::Absent { indexed_through } => {
                let verdict = absence(doubt, indexed_through, now, &self.delivery.reconcile);
                self.store
                    .asked(doubt.attempt, now, verdict != Absence::Open)
                    .await?;
                if verdict == Absence::Presumed {
                    self.settle_doubt(doubt, self.presumed_absent(doubt, now))
                        .await;
                }
            }
            _ => self.store.asked(doubt.attempt, now, false).await?,
        }
        Ok(())
    }

    fn presumed_absent(&self, doubt: &Doubt, now: Timestamp) -> Settlement {
        let base = settlement(doubt, now);
        match in_doubt_policy(&self.routes, &doubt.route) {
            InDoubtPolicy::Hold => Settlement {
                state: MessageState::InDoubt,
                next: "held: presumed absent at the provider, a person decides".to_owned(),
                reason: Some("presumed absent; held for a person (`messages resolve`)".to_owned()),
                ..base
            },
            InDoubtPolicy::Resend | InDoubtPolicy::AtLeastOnce => Settlement {
                state: MessageState::RetryWait,
                next_at: Some(now),
                again_at: Some(now),
                next: "again: presumed absent at the provider".to_owned(),
                reason: Some("presumed absent at the provider; sent again".to_owned()),
                ..base
            },
        }
    }

    async fn settle_doubt(&self, doubt: &Doubt, settled: Settlement) {
        tracing::info!(
            tracking_id = %doubt.tracking_id,
            attempt = doubt.number,
            provider = doubt.provider,
            state = %settled.state,
            next = settled.next,
            "doubt settled",
        );
        self.keep(vec![settled]).await;
        self.recorded();
    }
}

fn query(doubt: &Doubt) -> SentQuery {
    let mut query = SentQuery::new(doubt.tracking_id, doubt.claimed_at, doubt.hard_deadline);
    query.stream = doubt.stream.clone();
    query.to = doubt.to.clone();
    query
}

fn settlement(doubt: &Doubt, now: Timestamp) -> Settlement {
    Settlement::about(doubt.message, doubt.attempt, now)
}
