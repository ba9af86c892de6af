//! What an answer says about the provider's health, whatever it says about the message.

use jiff::Timestamp;
use plugin_api::{RefusalScope, SendError, SendErrorKind};

use super::channel::{Channel, sender};
use super::engine::Engine;
use super::lock::lock;
use super::outcome::Answer;
use crate::routing::{CallScope, HealthBook, HealthKey, HealthState, RefusedScope};
use crate::store::Claimed;

/// What a call has taught.
pub(super) struct Learnt {
    /// Its answers, but for those that blame a message for what is the provider's fault.
    pub(super) answers: Vec<Answer>,
    /// The provider rested, and rests no more.
    pub(super) is_well_again: bool,
}

impl Engine {
    /// Enters the answers of one call into the book of health.
    pub(super) fn learn(
        &self,
        channel: &Channel,
        batch: &[Claimed],
        answers: Vec<Answer>,
    ) -> Learnt {
        let answers = batch.iter().zip(answers);
        let answers: Vec<Answer> = answers
            .map(|(claimed, answer)| blame(channel, claimed, answer))
            .collect();
        let now = self.clock.now();
        let mut health = lock(&self.health);
        let mut failures = Vec::new();
        let mut is_well_again = false;
        for (claimed, answer) in batch.iter().zip(&answers) {
            if answer.is_ok() && health.is_blank() {
                continue;
            }
            let call = channel.scope(&claimed.due);
            let before = health.parts(&call, now);
            let was_well = health.state(&call, now) == HealthState::Closed;
            match answer {
                Ok(_) => health.on_success(&call, claimed.claimed_at, now),
                // A connection that failed under a batch is one failure and not fifty.
                Err(error) if is_of_the_connection(error) && failures.contains(&error.kind) => {}
                Err(error) => {
                    failures.push(error.kind.clone());
                    note(&mut health, &call, error, (claimed.claimed_at, now));
                }
            }
            for (before, after) in before.iter().zip(health.parts(&call, now)) {
                tell(&before.1, &after.0, &after.1);
            }
            is_well_again |= !was_well && health.state(&call, now) == HealthState::Closed;
        }
        Learnt {
            answers,
            is_well_again,
        }
    }
}

fn is_of_the_connection(error: &SendError) -> bool {
    matches!(
        error.kind,
        SendErrorKind::Unavailable | SendErrorKind::InDoubt
    )
}

const SUSPICION: &str =
    "it found messages of several senders in a row invalid, so the fault is hardly theirs";

/// One invalid message is invalid; message after message from different senders means that this provider, or our request, is at fault.
fn blame(channel: &Channel, claimed: &Claimed, answer: Answer) -> Answer {
    let mut run = lock(&channel.invalid_run);
    match answer {
        Err(mut error) if matches!(error.kind, SendErrorKind::InvalidMessage { .. }) => {
            if run.is_suspicious_after(sender(&claimed.due)) {
                error.kind = SendErrorKind::ProviderRefused {
                    scope: RefusalScope::Provider,
                };
                error.message = format!("{SUSPICION}: {}", error.message);
            }
            Err(error)
        }
        Ok(receipt) => {
            run.end();
            Ok(receipt)
        }
        other => other,
    }
}

fn note(
    health: &mut HealthBook,
    call: &CallScope<'_>,
    error: &SendError,
    (started, now): (Timestamp, Timestamp),
) {
    match &error.kind {
        SendErrorKind::Unavailable => health.on_unavailable(call, &error.message, started, now),
        SendErrorKind::ProviderRefused { scope } => {
            health.on_refused(call, refused_scope(*scope), &error.message, started, now);
        }
        SendErrorKind::InvalidMessage { .. }
        | SendErrorKind::RecipientSuppressed { .. }
        | SendErrorKind::Throttled { .. }
        | SendErrorKind::Unsupported { .. } => health.on_answer(call, started, now),
        // In doubt, and what a newer contract may add.
        _ => health.on_in_doubt(call, &error.message, started, now),
    }
}

fn refused_scope(scope: RefusalScope) -> RefusedScope {
    match scope {
        RefusalScope::Sender => RefusedScope::Sender,
        RefusalScope::Stream => RefusedScope::Stream,
        RefusalScope::Account => RefusedScope::Account,
        _ => RefusedScope::Provider,
    }
}

/// Once for each change of a part: all of a provider, its account, a stream or a sender.
fn tell(before: &HealthState, part: &HealthKey, after: &HealthState) {
    let HealthKey {
        provider,
        plugin_version,
        scope,
    } = part;
    match (before, after) {
        (HealthState::Open { .. }, HealthState::Open { .. }) => {}
        (_, HealthState::Open { until, reason }) => {
            tracing::warn!(provider, plugin_version, %scope, %until, %reason, "the provider rests");
        }
        (HealthState::Open { .. } | HealthState::HalfOpen, HealthState::Closed) => {
            tracing::info!(provider, plugin_version, %scope, "the provider is well again");
        }
        _ => {}
    }
}
