//! The decision inside a claim: given a message that is due and what is known of the providers, who is asked, if anybody.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use plugin_api::Capability;

use super::addressees::{masked, nobody_left, routing_input};
use super::channel::Channel;
use super::lock::lock;
use super::outcome::later;
use super::paused::Paused;
use crate::DeliveryConfig;
use crate::delivery::MessageState;
use crate::routing::{
    CandidateState, Decision, HealthBook, InDoubtPolicy, Ranked, Route, SkipReason, TooLarge,
    Tried, Verdict, decide,
};
use crate::store::{ClaimPlan, Due, EarlierAttempt, NewAttempt, Pause, PauseSubject};

/// How long a message waits when nothing says when to look again.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

/// How long a message of a paused route waits if nobody resumes it.
const PAUSED_LOOK: Duration = Duration::from_secs(10 * 60);

/// One pass over what is due.
pub(super) struct Pass {
    pub(super) now: Timestamp,
    pub(super) routes: Arc<[Route]>,
    pub(super) channels: Arc<BTreeMap<String, Arc<Channel>>>,
    pub(super) refused: Arc<BTreeMap<String, &'static str>>,
    /// As it is at the moment of the plan: a resume may come between the look and the plan.
    pub(super) paused: Arc<Mutex<Paused>>,
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
            let reason = format!("its route `{}` is no longer configured", due.route);
            return rejected(reason);
        };
        if let Some(pause) = lock(&self.paused).find(PauseSubject::Route, &route.name) {
            return self.waits_for(pause);
        }
        let decision = self.decide(route, due);
        let Some(chosen) = decision.chosen.clone() else {
            return self.nobody(&decision, due);
        };
        self.attempt(chosen, decision, due)
    }

    fn over(&self, due: &Due) -> Option<ClaimPlan> {
        let age = Duration::try_from(self.now.duration_since(due.not_before)).unwrap_or_default();
        if age > self.delivery.max_age {
            let reason = format!("older than delivery.max_age{}", last_words(due));
            return Some(rejected(reason));
        }
        let attempts = due.attempts.len();
        (attempts >= self.delivery.max_attempts as usize)
            .then(|| rejected(format!("{attempts} attempts failed{}", last_words(due))))
    }

    fn decide(&self, route: &Route, due: &Due) -> Decision {
        let candidates: Vec<CandidateState> = known_providers(route, due)
            .into_iter()
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

    /// What is known of a provider, as far as it concerns this message.
    fn candidate(&self, name: &str, due: &Due) -> CandidateState {
        let about = CandidateState {
            tried: last_try(name, due),
            paused: lock(&self.paused)
                .find(PauseSubject::Provider, name)
                .is_some(),
            ..CandidateState::ready(name)
        };
        match self.channels.get(name) {
            Some(channel) => CandidateState {
                health: self.lock_health().state(&channel.scope(due), self.now),
                rate_limited_until: lock(&channel.rate).closed_until(self.now),
                too_large: too_large(channel, due),
                missing: missing(channel, due),
                ..about
            },
            None => CandidateState {
                not_loaded: Some(self.why_not_loaded(name)),
                ..about
            },
        }
    }

    fn why_not_loaded(&self, name: &str) -> String {
        let kind = self.refused.get(name).copied();
        kind.unwrap_or("not configured").to_owned()
    }

    /// It waits for a moment that is known, or for an operator; otherwise nothing will ever take it.
    fn nobody(&self, decision: &Decision, due: &Due) -> ClaimPlan {
        let look_again = later(self.now, LOOK_AGAIN);
        let by_hand = waits_for_an_operator(decision).then_some(look_again);
        let reason = reasons(decision, due);
        match decision.next_at.or(by_hand) {
            Some(moment) => ClaimPlan::Wait {
                until: moment.max(self.now),
                reason,
            },
            None => rejected(format!("no provider can take it ({reason})")),
        }
    }

    /// Resuming makes it due.
    fn waits_for(&self, pause: &Pause) -> ClaimPlan {
        ClaimPlan::Wait {
            until: later(self.now, PAUSED_LOOK),
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

/// The pool, and providers tried before that have left it.
fn known_providers<'a>(route: &'a Route, due: &'a Due) -> BTreeSet<&'a str> {
    let pool = route.pool.iter().map(|entry| entry.provider.as_str());
    let tried = due.attempts.iter().map(|one| one.provider.as_str());
    pool.chain(tried).collect()
}

/// How its last attempt with this provider ended, if that is in the way.
fn last_try(provider: &str, due: &Due) -> Option<Tried> {
    let last = last_attempt(provider, due)?;
    Some(Tried {
        outcome: last.outcome?,
        again_at: last.again_at,
    })
}

fn too_large(channel: &Channel, due: &Due) -> Option<TooLarge> {
    let limit = channel.capabilities.limit(Capability::MaxMessageBytes)?;
    let size = due.size;
    (size > limit).then_some(TooLarge { limit, size })
}

fn missing(channel: &Channel, due: &Due) -> Option<String> {
    let is_missing = due.templated && !channel.capabilities.has(Capability::Templates);
    is_missing.then(|| Capability::Templates.key().to_owned())
}

/// Why nobody takes it, provider by provider.
fn reasons(decision: &Decision, due: &Due) -> String {
    let of_each = decision.ranking.iter().map(|ranked| why_not(ranked, due));
    of_each.collect::<Vec<_>>().join("; ")
}

/// What an operator can mend: a provider that is paused or not loaded may come back.
fn waits_for_an_operator(decision: &Decision) -> bool {
    let can_be_mended = |verdict: &Verdict| {
        let Verdict::Skipped { reason } = verdict else {
            return false;
        };
        matches!(reason, SkipReason::Paused | SkipReason::NotLoaded { .. })
    };
    let mut verdicts = decision.ranking.iter().map(|ranked| &ranked.verdict);
    verdicts.any(can_be_mended)
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

/// Why a provider is not asked; of one that was, in its own words.
fn why_not(ranked: &Ranked, due: &Due) -> String {
    let provider = &ranked.provider;
    let Verdict::Skipped { reason } = &ranked.verdict else {
        return format!("{provider}: eligible");
    };
    let said = match reason {
        SkipReason::AlreadyTried { .. } => {
            last_attempt(provider, due).and_then(|last| last.words.as_deref())
        }
        _ => None,
    };
    match said {
        Some(words) => format!("{provider}: {reason}; it said: {words}"),
        None => format!("{provider}: {reason}"),
    }
}

fn last_attempt<'a>(provider: &str, due: &'a Due) -> Option<&'a EarlierAttempt> {
    let mut attempts = due.attempts.iter();
    attempts.rfind(|attempt| attempt.provider == provider)
}

/// What was said last, and by whom.
fn last_words(due: &Due) -> String {
    let last = due.attempts.iter().rfind(|attempt| attempt.words.is_some());
    let said = last.and_then(|attempt| Some((&attempt.provider, attempt.words.as_ref()?)));
    said.map_or_else(String::new, |(provider, words)| {
        format!("; {provider} said last: {words}")
    })
}

/// The policy of a message's route; a route that is gone holds.
pub(crate) fn in_doubt_policy(routes: &[Route], route: &str) -> InDoubtPolicy {
    let found = routes.iter().find(|known| known.name == route);
    found.map_or(InDoubtPolicy::Hold, |route| route.in_doubt)
}
