//! The decision inside a claim: given a message that is due and what is known of the providers, who is asked, if anybody.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use plugin_api::Capability;

use super::channel::Channel;
use crate::DeliveryConfig;
use crate::compliance::{GateVerdict, RecipientKind};
use crate::delivery::MessageState;
use crate::routing::{
    AddressKey, CandidateState, Decision, HealthBook, InDoubtPolicy, Route, RoutingInput, TooLarge,
    Tried, decide,
};
use crate::store::{ClaimPlan, Due, DueRecipient, NewAttempt};

/// How long a message waits when nothing says when to look again.
const LOOK_AGAIN: std::time::Duration = std::time::Duration::from_secs(30);

/// One pass over what is due.
pub(super) struct Pass {
    pub(super) now: Timestamp,
    pub(super) routes: Arc<[Route]>,
    pub(super) channels: Arc<BTreeMap<String, Arc<Channel>>>,
    pub(super) refused: Arc<BTreeMap<String, String>>,
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
        if let Some(end) = self.over(due).or_else(|| nobody_left(due)) {
            return end;
        }
        let routes = Arc::clone(&self.routes);
        let Some(route) = routes.iter().find(|route| route.name == due.route) else {
            return rejected(format!("its route `{}` is no longer configured", due.route));
        };
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

fn rejected(reason: String) -> ClaimPlan {
    ClaimPlan::End {
        state: MessageState::Rejected,
        reason,
    }
}

/// A call needs somebody in To (or, where there is no To, anybody). Whoever is left out or settled is nobody's to mail any more, so a message
/// without such a person ends, instead of becoming a call that is for nobody or for onlookers alone.
fn nobody_left(due: &Due) -> Option<ClaimPlan> {
    let masked = masked(due);
    let has_to = due.recipients.iter().any(is_in_to);
    let is_left =
        |one: &DueRecipient| !masked.contains(&one.position) && (!has_to || is_in_to(one));
    let nobody = !due.recipients.iter().any(is_left);
    nobody.then(|| ClaimPlan::End {
        state: MessageState::Suppressed,
        reason: "no recipient in To is left: each is suppressed, left out or settled already"
            .to_owned(),
    })
}

fn is_in_to(recipient: &DueRecipient) -> bool {
    recipient.kind == RecipientKind::To
}

/// Recipients this attempt is not for: stopped by the gate now, or settled by an earlier attempt.
fn masked(due: &Due) -> Vec<u32> {
    let settled = due
        .recipients
        .iter()
        .filter(|one| one.settled)
        .map(|one| one.position);
    let mut masked: Vec<u32> = settled.chain(due.gate.masked_positions()).collect();
    masked.sort_unstable();
    masked.dedup();
    masked
}

fn routing_input(due: &Due) -> RoutingInput {
    let GateVerdict::Pass { .. } = &due.gate else {
        return RoutingInput::default();
    };
    let masked = masked(due);
    let to = due.recipients.iter().find(|one| is_in_to(one));
    RoutingInput {
        tag: due.tag.clone(),
        stream: due.stream.clone(),
        account: (!due.account.is_empty()).then(|| due.account.clone()),
        recipient_domains: due
            .recipients
            .iter()
            .filter(|one| !masked.contains(&one.position))
            .filter_map(|one| {
                one.address
                    .rsplit_once('@')
                    .map(|(_, domain)| domain.to_owned())
            })
            .collect(),
        lead: due.lead.clone(),
        first_to: to.map(|one| AddressKey::of(&one.address)),
        tracking_id: due.tracking_id.to_string(),
    }
}

/// The policy of a message's route; a route that is gone holds.
pub(crate) fn in_doubt_policy(routes: &[Route], route: &str) -> InDoubtPolicy {
    let found = routes.iter().find(|known| known.name == route);
    found.map_or(InDoubtPolicy::Hold, |route| route.in_doubt)
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
