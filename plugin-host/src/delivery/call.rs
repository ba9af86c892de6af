//! One call: contents loaded and prepared, the provider asked, the answer recorded, on time or late.

use std::sync::Arc;
use std::time::{Duration, Instant};

use plugin_api::{CallContext, Message, SendError};

use super::channel::Channel;
use super::engine::Engine;
use super::outcome::{Answer, Circumstances, not_called, settlement};
use super::planner::in_doubt_policy;
use super::prepare::prepare;
use crate::kill_point::KillPoint;
use crate::routing::Outcome;
use crate::store::{Claimed, Due, Settlement, StoreError};
use crate::telemetry;

/// How long a result waits before it is offered to a failing store again.
const STORE_PAUSE: Duration = Duration::from_secs(1);

impl Engine {
    /// Carries claimed messages to their provider and records what became of them. The deadlines count from `started`, the moment of the
    /// claim: when the stored hard deadline has passed, nothing leaves any more.
    pub(super) async fn carry(
        self: Arc<Self>,
        channel: Arc<Channel>,
        batch: Vec<Claimed>,
        started: Instant,
    ) {
        let rows = batch.iter().map(|one| one.due.message).collect();
        let contents = self.store.contents(rows).await;
        let mut claims = Vec::with_capacity(batch.len());
        let mut messages = Vec::with_capacity(batch.len());
        let mut unread = Vec::new();
        for (claimed, content) in batch.into_iter().zip(contents) {
            match content {
                Ok(content) => {
                    messages.push(self.ready(&channel, &claimed, &content).await);
                    claims.push(claimed);
                }
                Err(error) => {
                    unread.push((claimed, format!("its content cannot be read: {error}")));
                }
            }
        }
        let context = self.context(&claims, started.elapsed());
        if context.soft_remaining().is_zero() {
            let late = "the deadline passed before the call began; is the store's disk slow?";
            unread.extend(claims.drain(..).map(|claimed| (claimed, late.to_owned())));
        }
        self.give_back(&channel, &unread).await;
        if !claims.is_empty() {
            self.ask(&channel, &claims, messages, context).await;
        }
    }

    fn context(&self, batch: &[Claimed], passed: Duration) -> CallContext {
        let left = |deadline: Duration| deadline.saturating_sub(passed);
        let attempt = batch.iter().map(|one| one.number).max().unwrap_or(1);
        CallContext::new(
            left(self.delivery.soft_deadline),
            left(self.delivery.hard_deadline),
        )
        .with_attempt(attempt)
    }

    async fn ask(
        &self,
        channel: &Arc<Channel>,
        batch: &[Claimed],
        messages: Vec<Message>,
        context: CallContext,
    ) {
        let mark = match self.slots.mark(batch.iter().map(|one| one.attempt)) {
            Ok(mark) => mark,
            Err(error) => return self.unmarked(channel, batch, &error).await,
        };
        KillPoint::AfterMark.reached();
        let soft = context.soft_remaining();
        let mut running = std::pin::pin!(call(channel, &messages, &context));
        let kept = match tokio::time::timeout(soft, running.as_mut()).await {
            Ok(answers) => self.record(channel, batch, answers).await,
            Err(_) => {
                let kept = self.record(channel, batch, overdue(batch.len())).await;
                // The call runs on: what it still brings is evidence.
                let late = running.await;
                self.record(channel, batch, late).await;
                kept
            }
        };
        if kept {
            mark.settled();
        }
    }

    /// A call that could not be marked is not made: after a crash it would pass for one that never began.
    async fn unmarked(&self, channel: &Channel, batch: &[Claimed], error: &std::io::Error) {
        tracing::error!(provider = channel.name, %error, "a call cannot be marked beside the store, so it is not made");
        let why = format!("the call cannot be marked beside the store: {error}");
        let batch: Vec<_> = batch.iter().map(|one| (one.clone(), why.clone())).collect();
        self.give_back(channel, &batch).await;
    }

    async fn ready(&self, channel: &Channel, claimed: &Claimed, content: &Message) -> Message {
        let due = &claimed.due;
        let link = channel.links.on(due.stream.as_deref()).await;
        let masked: Vec<&str> = due
            .recipients
            .iter()
            .filter(|one| claimed.plan.masked.contains(&one.position))
            .map(|one| one.address.as_str())
            .collect();
        let addressed = content.only_to(|address| !masked.contains(&address));
        prepare(&addressed, self.wants_link(&due.route), link.as_ref())
    }

    fn wants_link(&self, route: &str) -> bool {
        let route = self.routes.iter().find(|known| known.name == route);
        route.is_none_or(|route| route.unsubscribe_tag)
    }

    /// Whether the results are durable.
    async fn record(&self, channel: &Channel, batch: &[Claimed], answers: Vec<Answer>) -> bool {
        KillPoint::AfterAnswer.reached();
        let learnt = self.learn(channel, batch, answers);
        let around = self.circumstances();
        let mut settlements = Vec::with_capacity(batch.len());
        for (claimed, answer) in batch.iter().zip(&learnt.answers) {
            let policy = in_doubt_policy(&self.routes, &claimed.due.route);
            let mut settled = settlement(claimed, answer, policy, around);
            settled.warning = self.warning(channel, &claimed.due).await;
            audit(channel, claimed, &settled);
            settlements.push(settled);
        }
        let kept = self.keep(settlements).await;
        self.keep_rests().await;
        if learnt.is_well_again {
            self.hurry(&channel.name).await;
        }
        kept
    }

    /// A link that is wanted and cannot be had is left out, and said. (Bodies of provider-side templates are nobody's here.)
    async fn warning(&self, channel: &Channel, due: &Due) -> Option<String> {
        if due.templated
            || !self.wants_link(&due.route)
            || channel.links.on(due.stream.as_deref()).await.is_some()
        {
            return None;
        }
        Some(format!(
            "`{}` has no unsubscribe link, so the mail went without one",
            channel.name
        ))
    }

    /// Puts messages of which nothing left back into the queue.
    async fn give_back(&self, channel: &Channel, batch: &[(Claimed, String)]) {
        if batch.is_empty() {
            return;
        }
        let around = self.circumstances();
        let settlements = batch.iter().map(|(claimed, why)| {
            let settled = not_called(claimed, why, around);
            audit(channel, claimed, &settled);
            settled
        });
        let settlements = settlements.collect();
        self.keep(settlements).await;
    }

    /// One draw for the whole of a call.
    fn circumstances(&self) -> Circumstances {
        Circumstances {
            now: self.clock.now(),
            backoff: self.delivery.backoff,
            draw: rand::random(),
        }
    }

    /// Offers results to the store until it takes them: a result that is lost would put its messages in doubt for nothing. Whether it
    /// took them before delivery stopped.
    pub(super) async fn keep(&self, settlements: Vec<Settlement>) -> bool {
        while let Err(error) = self.store.settle(settlements.clone()).await {
            tracing::error!(%error, "results could not be recorded; trying again");
            if matches!(error, StoreError::Closed) || self.is_stopping() {
                return false;
            }
            self.idle(STORE_PAUSE).await;
        }
        self.recorded();
        true
    }
}

async fn call(channel: &Channel, messages: &[Message], context: &CallContext) -> Vec<Answer> {
    match messages {
        [single] => vec![channel.provider.send(single, context).await],
        several => {
            let mut answers = channel.provider.send_batch(several, context).await;
            answers.resize_with(several.len(), || {
                Err(SendError::in_doubt(
                    "the provider gave fewer results than messages",
                ))
            });
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

/// The line for the audit log: ids and statuses, never an address.
fn audit(channel: &Channel, claimed: &Claimed, settled: &Settlement) {
    telemetry::attempt_ended(&channel.name, settled.outcome);
    let duration = settled.at.duration_since(claimed.claimed_at);
    tracing::info!(
        tracking_id = %claimed.due.tracking_id,
        attempt = claimed.number,
        provider = channel.name,
        plugin_version = channel.build.version,
        outcome = settled.outcome.map(Outcome::as_str),
        provider_message_id = settled.provider_message_id,
        state = %settled.state,
        again_at = settled.again_at.map(tracing::field::display),
        code = settled.provider_code,
        duration_ms = duration.as_millis() as i64,
        "attempt ended",
    );
}
