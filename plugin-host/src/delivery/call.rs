//! One call: contents loaded and prepared, the provider asked, the answer recorded, on time or late.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use plugin_api::{CallContext, Message, SendError, SendErrorKind};

use super::channel::Channel;
use super::engine::Engine;
use super::outcome::{Answer, Circumstances, settlement};
use super::planner::{in_doubt_policy, lock};
use super::prepare::prepare;
use crate::routing::RefusedScope;
use crate::store::{Claimed, Settlement, StoreError};

/// How long a result waits before it is offered to a failing store again.
const STORE_PAUSE: Duration = Duration::from_secs(1);

impl Engine {
    /// Carries claimed messages to their provider and records what became of them.
    pub(super) async fn carry(self: Arc<Self>, channel: Arc<Channel>, batch: Vec<Claimed>) {
        let permit = Arc::clone(&channel.calls).acquire_owned().await;
        let contents = self
            .store
            .contents(batch.iter().map(|one| one.due.message).collect())
            .await;
        match contents {
            Ok(contents) => self.ask(&channel, &batch, &contents).await,
            Err(error) => self.nothing_left(&batch, &error).await,
        }
        drop(permit);
        self.recorded();
    }

    async fn ask(&self, channel: &Arc<Channel>, batch: &[Claimed], contents: &[Message]) {
        let mut messages = Vec::with_capacity(batch.len());
        for (claimed, content) in batch.iter().zip(contents) {
            messages.push(self.ready(channel, claimed, content).await);
        }
        let context = CallContext::new(self.delivery.soft_deadline, self.delivery.hard_deadline)
            .with_attempt(batch.iter().map(|one| one.number).max().unwrap_or(1));
        let work = call(Arc::clone(channel), messages, context);
        let mut running = std::pin::pin!(work);
        let in_time = tokio::time::timeout(self.delivery.soft_deadline, running.as_mut()).await;
        let answers = match in_time {
            Ok(answers) => answers,
            Err(_overdue) => {
                self.record(channel, batch, &overdue(batch.len())).await;
                // The call runs on: what it still brings is evidence.
                running.await
            }
        };
        self.record(channel, batch, &answers).await;
    }

    async fn ready(&self, channel: &Channel, claimed: &Claimed, content: &Message) -> Message {
        let route = self
            .routes
            .iter()
            .find(|route| route.name == claimed.due.route);
        let wanted = route.is_none_or(|route| route.unsubscribe_tag);
        let link = channel.link(claimed.due.stream.as_deref()).await;
        let masked = &claimed.plan.masked;
        let addresses: Vec<&str> = claimed
            .due
            .recipients
            .iter()
            .filter(|one| masked.contains(&one.position))
            .map(|one| one.address.as_str())
            .collect();
        let addressed = if addresses.is_empty() {
            content.clone()
        } else {
            content.only_to(|address| !addresses.contains(&address))
        };
        prepare(&addressed, wanted, link.as_ref())
    }

    async fn record(&self, channel: &Channel, batch: &[Claimed], answers: &[Answer]) {
        let now = Timestamp::now();
        let settlements = batch.iter().zip(answers).map(|(claimed, answer)| {
            self.learn(channel, claimed, answer, now);
            let around = Circumstances {
                now,
                backoff: self.delivery.backoff,
                policy: in_doubt_policy(&self.routes, &claimed.due.route),
                draw: rand::random(),
            };
            let settled = settlement(claimed, answer, around);
            audit(channel, claimed, &settled);
            settled
        });
        self.keep(settlements.collect()).await;
        self.recorded();
    }

    /// The provider was never called: the messages wait as before.
    async fn nothing_left(&self, batch: &[Claimed], error: &StoreError) {
        tracing::error!(%error, "claimed messages could not be read");
        let now = Timestamp::now();
        let refusal = |claimed: &Claimed| {
            let answer = Err(SendError::unavailable(format!("not called: {error}")));
            let around = Circumstances {
                now,
                backoff: self.delivery.backoff,
                policy: in_doubt_policy(&self.routes, &claimed.due.route),
                draw: rand::random(),
            };
            settlement(claimed, &answer, around)
        };
        self.keep(batch.iter().map(refusal).collect()).await;
    }

    /// Offers results to the store until it takes them: a result that is lost would put its messages in doubt for nothing.
    pub(super) async fn keep(&self, settlements: Vec<Settlement>) {
        while let Err(error) = self.store.settle(settlements.clone()).await {
            tracing::error!(%error, "results could not be recorded; trying again");
            if matches!(error, StoreError::Closed) || self.is_stopping() {
                return;
            }
            tokio::time::sleep(STORE_PAUSE).await;
        }
    }

    /// What the answer says about the provider's health.
    fn learn(&self, channel: &Channel, claimed: &Claimed, answer: &Answer, now: Timestamp) {
        let call = channel.scope(&claimed.due);
        let started = claimed.claimed_at;
        let mut health = lock(&self.health);
        let before = health.state(&call, now);
        match answer {
            Ok(_) => health.on_success(&call, started, now),
            Err(error) => match &error.kind {
                SendErrorKind::Unavailable => {
                    health.on_unavailable(&call, &error.message, started, now);
                }
                SendErrorKind::ProviderRefused { scope } => {
                    health.on_refused(&call, refused_scope(*scope), &error.message, started, now);
                }
                SendErrorKind::InvalidMessage { .. }
                | SendErrorKind::RecipientSuppressed { .. }
                | SendErrorKind::Throttled { .. }
                | SendErrorKind::Unsupported { .. } => health.on_answer(&call, started, now),
                _ => health.on_in_doubt(&call, &error.message, started, now),
            },
        }
        let after = health.state(&call, now);
        if before != after {
            tracing::warn!(provider = channel.name, health = ?after, "the provider's health changed");
        }
    }
}

async fn call(channel: Arc<Channel>, messages: Vec<Message>, context: CallContext) -> Vec<Answer> {
    match messages.as_slice() {
        [single] => vec![channel.provider.send(single, &context).await],
        several => {
            let mut answers = channel.provider.send_batch(several, &context).await;
            let missing = || {
                Err(SendError::in_doubt(
                    "the provider gave fewer results than messages",
                ))
            };
            answers.resize_with(several.len(), missing);
            answers
        }
    }
}

fn overdue(messages: usize) -> Vec<Answer> {
    let late = || {
        Err(SendError::in_doubt(
            "no answer by the soft deadline; the call runs on",
        ))
    };
    std::iter::repeat_with(late).take(messages).collect()
}

fn refused_scope(scope: plugin_api::RefusalScope) -> RefusedScope {
    use plugin_api::RefusalScope;
    match scope {
        RefusalScope::Sender => RefusedScope::Sender,
        RefusalScope::Stream => RefusedScope::Stream,
        RefusalScope::Account => RefusedScope::Account,
        _ => RefusedScope::Provider,
    }
}

/// The line for the audit log: ids and statuses, never an address.
fn audit(channel: &Channel, claimed: &Claimed, settled: &Settlement) {
    let duration = settled.at.duration_since(claimed.claimed_at);
    tracing::info!(
        tracking_id = %claimed.due.tracking_id,
        attempt = claimed.number,
        provider = channel.name,
        provider_message_id = settled.provider_message_id,
        state = %settled.state,
        code = settled.provider_code,
        duration_ms = duration.as_millis() as i64,
        "attempt ended",
    );
}
