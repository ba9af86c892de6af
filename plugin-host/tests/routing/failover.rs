//! Who takes over, who never does, and when somebody can again.

use plugin_host::{
    CandidateState, Decision, FailureKind, HealthState, Outcome, RestReason, Route, SkipReason,
    Strategy, TooLarge, Tried, Verdict, decide,
};

use crate::world::{at, message, route};

/// Providers in the order in which lead 1's message asks them.
fn line() -> (Route, Vec<CandidateState>) {
    let route = route(Strategy::Sticky, &[("a", 1.0), ("b", 1.0), ("c", 1.0)]);
    let ranking = decide(&route, &message(1), &[], None, at(0)).ranking;
    let candidates = ranking
        .iter()
        .map(|ranked| CandidateState::ready(&ranked.provider))
        .collect();
    (route, candidates)
}

fn decided(route: &Route, candidates: &[CandidateState]) -> Decision {
    let decision = decide(route, &message(1), candidates, None, at(0));
    assert_eq!(decision.replay(), decision);
    decision
}

fn reasons(decision: &Decision) -> Vec<Option<SkipReason>> {
    let reason = |verdict: &Verdict| match verdict {
        Verdict::Eligible => None,
        Verdict::Skipped { reason } => Some(reason.clone()),
    };
    decision
        .ranking
        .iter()
        .map(|ranked| reason(&ranked.verdict))
        .collect()
}

fn tried(outcome: Outcome, again_at: Option<i64>) -> Option<Tried> {
    Some(Tried {
        outcome,
        again_at: again_at.map(at),
    })
}

fn resting(until: i64) -> HealthState {
    let reason = RestReason {
        kind: FailureKind::Unavailable,
        failures: 5,
        detail: "connection refused".into(),
    };
    HealthState::Open {
        until: at(until),
        reason,
    }
}

#[test]
fn the_next_in_line_takes_what_the_first_could_not() {
    for outcome in [
        Outcome::Unavailable,
        Outcome::ProviderRefused,
        Outcome::Throttled,
        Outcome::Unsupported,
    ] {
        let (route, mut candidates) = line();
        candidates[0].tried = tried(outcome, None);
        let decision = decided(&route, &candidates);
        assert_eq!(
            decision.chosen.as_ref(),
            Some(&candidates[1].provider),
            "{outcome:?}"
        );
        assert_eq!(
            reasons(&decision),
            [
                Some(SkipReason::AlreadyTried {
                    outcome,
                    again_at: None
                }),
                None,
                None
            ]
        );
    }
}

#[test]
fn a_message_in_doubt_is_nobodys_until_the_doubt_is_settled() {
    let (route, mut candidates) = line();
    candidates[1].tried = tried(Outcome::InDoubt, Some(-1));
    let decision = decided(&route, &candidates);
    assert_eq!((decision.chosen.as_ref(), decision.next_at), (None, None));
    let own = SkipReason::AlreadyTried {
        outcome: Outcome::InDoubt,
        again_at: None,
    };
    let others = SkipReason::InDoubtElsewhere;
    assert_eq!(
        reasons(&decision),
        [Some(others.clone()), Some(own), Some(others)]
    );
}

#[test]
fn no_time_settles_a_doubt() {
    let (route, mut candidates) = line();
    candidates[0].health = resting(10);
    candidates[1].tried = tried(Outcome::InDoubt, None);
    candidates[2].rate_limited_until = Some(at(5));
    let decision = decided(&route, &candidates);
    assert_eq!((decision.chosen, decision.next_at), (None, None));
}

#[test]
fn a_message_in_doubt_stays_so_when_its_provider_leaves_the_pool() {
    let (mut route, mut candidates) = line();
    candidates[2].tried = tried(Outcome::InDoubt, None);
    route
        .pool
        .retain(|entry| entry.provider != candidates[2].provider);
    assert_eq!(decided(&route, &candidates).chosen, None);
}

#[test]
fn nobody_mails_a_person_whom_one_service_suppresses() {
    let (route, mut candidates) = line();
    let outcome = Outcome::RecipientSuppressed;
    let others = Some(SkipReason::SettledElsewhere { outcome });

    candidates[0].suppressed = true;
    let known = decided(&route, &candidates);
    assert_eq!(
        reasons(&known),
        [
            Some(SkipReason::RecipientSuppressed),
            others.clone(),
            others.clone()
        ]
    );

    candidates[0] = CandidateState {
        tried: tried(outcome, Some(-1)),
        ..CandidateState::ready(&candidates[0].provider)
    };
    let learned = decided(&route, &candidates);
    let own = Some(SkipReason::AlreadyTried {
        outcome,
        again_at: None,
    });
    assert_eq!(reasons(&learned), [own, others.clone(), others]);
    assert_eq!(
        (known.chosen, known.next_at, learned.chosen, learned.next_at),
        (None, None, None, None)
    );
}

#[test]
fn a_message_that_is_settled_goes_nowhere_else() {
    for outcome in [Outcome::Sent, Outcome::InvalidMessage] {
        let (route, mut candidates) = line();
        candidates[2].tried = tried(outcome, None);
        let decision = decided(&route, &candidates);
        assert_eq!(
            (decision.chosen, decision.next_at),
            (None, None),
            "{outcome:?}"
        );
    }
}

#[test]
fn a_doubt_outweighs_an_end() {
    let (route, mut candidates) = line();
    candidates[0].tried = tried(Outcome::InvalidMessage, None);
    candidates[1].tried = tried(Outcome::InDoubt, None);
    assert_eq!(
        reasons(&decided(&route, &candidates))[2],
        Some(SkipReason::InDoubtElsewhere)
    );
}

#[test]
fn every_obstacle_has_its_reason() {
    let (route, candidates) = line();
    let obstacle = |change: &dyn Fn(&mut CandidateState)| {
        let mut candidates = candidates.clone();
        change(&mut candidates[0]);
        let decision = decided(&route, &candidates);
        assert_eq!(decision.chosen.as_ref(), Some(&candidates[1].provider));
        reasons(&decision)[0].clone().unwrap()
    };
    assert_eq!(
        obstacle(&|state| state.not_loaded = Some("bad hash".into())),
        SkipReason::NotLoaded {
            reason: "bad hash".into()
        }
    );
    assert_eq!(obstacle(&|state| state.paused = true), SkipReason::Paused);
    assert_eq!(
        obstacle(&|state| state.missing = Some("templates".into())),
        SkipReason::Missing {
            capability: "templates".into()
        }
    );
    assert_eq!(
        obstacle(&|state| state.too_large = Some(TooLarge {
            limit: 10,
            size: 11
        })),
        SkipReason::TooLarge {
            limit: 10,
            size: 11
        }
    );
    assert_eq!(
        obstacle(&|state| state.rate_limited_until = Some(at(1))),
        SkipReason::RateLimited { until: at(1) }
    );
    let reason = RestReason {
        kind: FailureKind::Unavailable,
        failures: 5,
        detail: "connection refused".into(),
    };
    assert_eq!(
        obstacle(&|state| state.health = resting(9)),
        SkipReason::Resting {
            until: at(9),
            reason
        }
    );
}

#[test]
fn a_provider_without_a_state_counts_as_not_loaded() {
    let (route, candidates) = line();
    let decision = decided(&route, &candidates[1..]);
    assert!(
        matches!(&reasons(&decision)[0], Some(SkipReason::NotLoaded { reason }) if reason.contains("no provider"))
    );
}

#[test]
fn what_has_passed_is_no_obstacle() {
    let (route, mut candidates) = line();
    candidates[0].rate_limited_until = Some(at(0));
    candidates[0].health = resting(0);
    candidates[0].tried = tried(Outcome::Throttled, Some(0));
    let decision = decided(&route, &candidates);
    assert_eq!(decision.chosen.as_ref(), Some(&candidates[0].provider));
    assert!(decision.probe, "a rest that is over still asks for a probe");
}

#[test]
fn a_half_open_provider_takes_the_message_as_its_probe() {
    let (route, mut candidates) = line();
    assert!(!decided(&route, &candidates).probe);
    candidates[0].health = HealthState::HalfOpen;
    let decision = decided(&route, &candidates);
    assert_eq!(
        (decision.chosen.as_ref(), decision.probe),
        (Some(&candidates[0].provider), true)
    );
}

#[test]
fn the_next_look_is_when_the_first_provider_is_free_of_all_its_obstacles() {
    let (route, mut candidates) = line();
    candidates[0].health = resting(10);
    candidates[0].rate_limited_until = Some(at(40));
    candidates[1].tried = tried(Outcome::Unavailable, Some(30));
    candidates[2].rate_limited_until = Some(at(5));
    candidates[2].paused = true;
    let decision = decided(&route, &candidates);
    assert_eq!((decision.chosen, decision.next_at), (None, Some(at(30))));
    assert_eq!(
        decide(&route, &message(1), &candidates, None, at(30))
            .chosen
            .as_ref(),
        Some(&candidates[1].provider)
    );
}

#[test]
fn waiting_is_pointless_when_only_people_can_help() {
    let (route, mut candidates) = line();
    candidates[0].paused = true;
    candidates[1].tried = tried(Outcome::Unsupported, None);
    candidates[2].not_loaded = Some("unsigned".into());
    let decision = decided(&route, &candidates);
    assert_eq!((decision.chosen, decision.next_at), (None, None));
}
