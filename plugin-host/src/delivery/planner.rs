//! The decision inside a claim: given a message that is due and what is known of the providers, who is asked, if anybody.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use plugin_api::Capability;

use super::addressees::{masked, nobody_left, routing_input};
use super::channel::Channel;
use super::lock::lock;
use super::pauses::Paused;
use crate::DeliveryConfig;
use crate::delivery::MessageState;
use crate::routing::{
    CandidateState, Decision, HealthBook, InDoubtPolicy, Route, TooLarge, Tried, decide,
};
use crate::store::{ClaimPlan, Due, NewAttempt, Pause, PauseSubject};

/// How long a message waits when nothing says when to look again.
const LOOK_AGAIN: std::time::Duration = std::time::Duration::from_secs(30);

/// How long a message of a paused route waits if nobody resumes it.
const PAUSED_LOOK: std::time::Duration = std::time::Duration::from_secs(10 * 60);

/// One pass over what is due.
pub(super) struct Pass {
    pub(super) now: Timestamp,
    pub(super) routes: Arc<[Route]>,
    pub(super) channels: Arc<BTreeMap<String, Arc<Channel>>>,
    pub(super) refused: Arc<BTreeMap<String, String>>,
    pub(super) paused: Paused,
    pub(super) health: Arc<Mutex<HealthBook>>,
    pub(super) delivery: DeliveryConfig,
    /// Messages that each provider can still take in this pass.
    pub(super) room: BTreeMap<String, usize>,
}

impl Pass {
    pub(super) fn plan(&mut self, due: &Due) -> ClaimPlan {
        if self.room.values().all(|room| *room == 0) {
            return ClaimPlan::Stop;
        }
        if let Some(end) = self.over(due).or_else(|| ends_with_nobody(due)) {
            return end;
        }
        let routes = Arc::clone(&self.routes);
        let Some(route) = routes.iter().find(|route| route.name == due.route) else {
            return rejected(format!("its route `{}` is no longer configured", due.route));
        };
        if let Some(pause) = self.paused.find(PauseSubject::Route, &route.name) {
            return self.waits_for(pause);
        }
        let decision = self.decide(route, due);
        let Some(chosen) = decision.chosen.clone() else {
            return self.nobody(&decision);
        };
        self.attempt(chosen, decision, due)
    }

    fn over(&self, due: &Due) -> Option<ClaimPlan> {
        let age = std::time::Duration::try_from(self.now.duration_since(due.not_before))
            .unwrap_or_default();
        if age > self.delivery.max_age {
            return Some(rejected(
                "older than delivery.max_age; see its attempts".to_owned(),
            ));
        }
        let attempts = due.attempts.len();
        (attempts >= self.delivery.max_attempts as usize)
            .then(|| rejected(format!("{attempts} attempts failed; see them")))
    }

    fn decide(&self, route: &Route, due: &Due) -> Decision {
        let candidates: Vec<CandidateState> = self
            .known_providers(route, due)
            .map(|name| self.candidate(name, due))
            .collect();
        decide(
            route,
            &routing_input(due),
            &candidates,
            due.exact.as_ref(),
            self.now,
        )
    }

    /// The pool, and providers tried before that have left it.
    fn known_providers<'a>(&self, route: &'a Route, due: &'a Due) -> impl Iterator<Item = &'a str> {
        let pool = route.pool.iter().map(|entry| entry.provider.as_str());
        let mut names: Vec<&str> = pool
            .chain(due.attempts.iter().map(|attempt| attempt.provider.as_str()))
            .collect();
        names.sort_unstable();
        names.dedup();
        names.into_iter()
    }

    fn candidate(&self, name: &str, due: &Due) -> CandidateState {
        let mut state = CandidateState::ready(name);
        let last = due
            .attempts
            .iter()
            .rfind(|attempt| attempt.provider == name);
        state.tried = last.and_then(|attempt| {
            Some(Tried {
                outcome: attempt.outcome?,
                again_at: attempt.again_at,
            })
        });
        state.paused = self.paused.find(PauseSubject::Provider, name).is_some();
        let Some(channel) = self.channels.get(name) else {
            let reason = self.refused.get(name).cloned();
            state.not_loaded = Some(reason.unwrap_or_else(|| "not configured".to_owned()));
            return state;
        };
        state.health = self.lock_health().state(&channel.scope(due), self.now);
        state.rate_limited_until = lock(&channel.rate).closed_until(self.now);
        let limit = channel.capabilities.limit(Capability::MaxMessageBytes);
        state.too_large = limit
            .filter(|limit| due.size > *limit)
            .map(|limit| TooLarge {
                limit,
                size: due.size,
            });
        let lacks_templates = due.templated && !channel.capabilities.has(Capability::Templates);
        state.missing = lacks_templates.then(|| Capability::Templates.key().to_owned());
        state
    }

    fn nobody(&self, decision: &Decision) -> ClaimPlan {
        let mut reasons = decision.ranking.iter().map(|ranked| match &ranked.verdict {
            crate::routing::Verdict::Eligible => format!("{}: eligible", ranked.provider),
            crate::routing::Verdict::Skipped { reason } => format!("{}: {reason}", ranked.provider),
        });
        let reason = reasons.by_ref().collect::<Vec<_>>().join("; ");
        match decision.next_at {
            Some(until) => ClaimPlan::Wait {
                until: until.max(self.now),
                reason,
            },
            None if waits_for_an_operator(decision) => ClaimPlan::Wait {
                until: super::outcome::later(self.now, LOOK_AGAIN),
                reason,
            },
            None => rejected(format!("no provider can take it ({reason})")),
        }
    }

    /// Resuming makes it due.
    fn waits_for(&self, pause: &Pause) -> ClaimPlan {
        ClaimPlan::Wait {
            until: super::outcome::later(self.now, PAUSED_LOOK),
            reason: format!(
                "{} `{}` is paused: {}",
                pause.subject, pause.name, pause.reason
            ),
        }
    }

    fn attempt(&mut self, chosen: String, decision: Decision, due: &Due) -> ClaimPlan {
        let Some(channel) = self.channels.get(&chosen).cloned() else {
            return ClaimPlan::Skip;
        };
        // A priority message goes alone and so takes a whole call.
        let needs = if due.priority { channel.max_batch } else { 1 };
        let room = self.room.entry(chosen.clone()).or_default();
        if *room == 0 {
            return ClaimPlan::Skip;
        }
        *room = room.saturating_sub(needs);
        lock(&channel.rate).take();
        self.lock_health()
            .begin_probe(&channel.scope(due), self.now);
        ClaimPlan::Attempt(Box::new(NewAttempt {
            provider: chosen,
            plugin_name: channel.build.name.clone(),
            plugin_version: channel.build.version.clone(),
            plugin_hash: channel.build.hash.clone(),
            provider_account: channel.checked().account,
            masked: masked(due),
            decision,
            soft: self.delivery.soft_deadline,
            hard: self.delivery.hard_deadline,
        }))
    }

    fn lock_health(&self) -> std::sync::MutexGuard<'_, HealthBook> {
        lock(&self.health)
    }
}

/// What an operator can mend: a provider that is paused or not loaded may come back.
fn waits_for_an_operator(decision: &Decision) -> bool {
    use crate::routing::{SkipReason, Verdict};
    decision.ranking.iter().any(|ranked| {
        matches!(
            ranked.verdict,
            Verdict::Skipped {
                reason: SkipReason::Paused | SkipReason::NotLoaded { .. }
            }
        )
    })
}

fn ends_with_nobody(due: &Due) -> Option<ClaimPlan> {
    nobody_left(due).then(|| ClaimPlan::End {
        state: MessageState::Suppressed,
        reason: "no recipient in To is left: each is suppressed, left out or settled already"
            .to_owned(),
    })
}

fn rejected(reason: String) -> ClaimPlan {
    ClaimPlan::End {
        state: MessageState::Rejected,
        reason,
    }
}

/// The policy of a message's route; a route that is gone holds.
pub(crate) fn in_doubt_policy(routes: &[Route], route: &str) -> InDoubtPolicy {
    let found = routes.iter().find(|known| known.name == route);
    found.map_or(InDoubtPolicy::Hold, |route| route.in_doubt)
}
