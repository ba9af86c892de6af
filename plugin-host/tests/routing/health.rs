//! Who ails rests, is probed, and comes back.

use std::time::Duration;

use jiff::Timestamp;
use plugin_host::{Failure, FailureKind, Health, HealthPolicy, HealthState};
use proptest::prelude::*;

use crate::world::at;

pub(crate) fn policy() -> HealthPolicy {
    HealthPolicy {
        failures_to_rest: 3,
        first_rest: Duration::from_secs(10),
        longest_rest: Duration::from_secs(35),
        probe_patience: Duration::from_secs(60),
        forget_after: Duration::from_secs(1_000),
    }
}

fn failure(kind: FailureKind) -> Failure {
    Failure {
        kind,
        detail: "connection refused".into(),
    }
}

fn fail(health: &mut Health, started: i64, now: i64) {
    health.on_failure(
        &policy(),
        &failure(FailureKind::Unavailable),
        at(started),
        at(now),
    );
}

pub(crate) fn until(state: &HealthState) -> Option<Timestamp> {
    match state {
        HealthState::Open { until, .. } => Some(*until),
        _ => None,
    }
}

/// Rests from second 2 to second 12.
fn resting() -> Health {
    let mut health = Health::default();
    for second in 0..3 {
        fail(&mut health, second, second);
    }
    health
}

#[test]
fn only_failures_in_a_row_open_the_breaker() {
    let mut health = Health::default();
    fail(&mut health, 0, 0);
    fail(&mut health, 0, 1);
    health.on_success(at(1), at(2));
    fail(&mut health, 2, 3);
    fail(&mut health, 2, 4);
    assert_eq!(health.state(at(4)), HealthState::Closed);
    fail(&mut health, 2, 5);
    assert_eq!(until(&health.state(at(5))), Some(at(15)));
}

#[test]
fn doubt_counts_like_failure_and_a_refusal_rests_at_once() {
    let mut doubted = Health::default();
    for _ in 0..3 {
        doubted.on_failure(&policy(), &failure(FailureKind::InDoubt), at(0), at(0));
    }
    assert_eq!(until(&doubted.state(at(0))), Some(at(10)));
    let mut refused = Health::default();
    refused.on_failure(&policy(), &failure(FailureKind::Refused), at(0), at(0));
    assert_eq!(until(&refused.state(at(0))), Some(at(10)));
}

#[test]
fn a_rest_ends_by_itself_and_admits_one_probe() {
    let mut health = resting();
    assert_eq!(until(&health.state(at(11))), Some(at(12)));
    assert_eq!(health.state(at(12)), HealthState::HalfOpen);
    health.begin_probe(&policy(), at(13));
    assert_eq!(
        until(&health.state(at(13))),
        Some(at(73)),
        "the second message must not go as well"
    );
    health.on_success(at(13), at(14));
    assert_eq!(health.state(at(14)), HealthState::Closed);
    assert_eq!((health.failures(), health.reason()), (0, None));
}

#[test]
fn a_probe_that_is_never_heard_of_gives_way_to_the_next() {
    let mut health = resting();
    health.begin_probe(&policy(), at(12));
    assert_eq!(health.state(at(72)), HealthState::HalfOpen);
}

#[test]
fn an_earlier_probe_says_nothing_about_the_next() {
    let mut health = resting();
    health.begin_probe(&policy(), at(12));
    health.begin_probe(&policy(), at(72));
    let waiting = health.clone();
    fail(&mut health, 12, 73);
    health.on_success(at(12), at(74));
    assert_eq!(health, waiting);
}

#[test]
fn a_probe_that_fails_rests_again_however_few_the_failures() {
    let mut health = Health::default();
    health.on_failure(&policy(), &failure(FailureKind::Refused), at(0), at(0));
    health.begin_probe(&policy(), at(10));
    fail(&mut health, 10, 11);
    assert_eq!(until(&health.state(at(11))), Some(at(31)));
}

#[test]
fn any_number_of_rests_and_any_length_can_be_counted() {
    let endless = HealthPolicy {
        longest_rest: Duration::MAX,
        forget_after: Duration::MAX,
        ..policy()
    };
    let mut health = Health::default();
    for _ in 0..100 {
        health.on_failure(&endless, &failure(FailureKind::Refused), at(0), at(0));
    }
    assert!(until(&health.state(at(0))) > Some(at(10_000_000)));
    let restless = HealthPolicy {
        failures_to_rest: 0,
        first_rest: Duration::ZERO,
        ..policy()
    };
    let mut health = Health::default();
    health.on_failure(&restless, &failure(FailureKind::Unavailable), at(0), at(0));
    assert_eq!(health.state(at(0)), HealthState::HalfOpen);
}

#[test]
fn rests_double_up_to_the_longest_and_begin_anew_after_a_success() {
    let mut health = resting();
    let mut now = 12;
    for length in [20, 35, 35] {
        health.begin_probe(&policy(), at(now));
        fail(&mut health, now, now);
        assert_eq!(until(&health.state(at(now))), Some(at(now + length)));
        assert_eq!(
            health.resting_since(),
            Some(at(2)),
            "dead since the first rest"
        );
        now += length;
    }
    health.begin_probe(&policy(), at(now));
    health.on_success(at(now), at(now));
    for _ in 0..3 {
        fail(&mut health, now, now);
    }
    assert_eq!(until(&health.state(at(now))), Some(at(now + 10)));
}

#[test]
fn stragglers_of_an_outage_neither_lengthen_a_rest_nor_end_it_nor_open_it_again() {
    let mut health = resting();
    let before = health.clone();
    for second in 3..50 {
        fail(&mut health, 1, second);
        health.on_success(at(1), at(second));
    }
    assert_eq!(health, before);
    health.begin_probe(&policy(), at(50));
    health.on_success(at(50), at(51));
    for _ in 0..9 {
        fail(&mut health, 1, 52);
    }
    assert_eq!(health.state(at(52)), HealthState::Closed);
}

#[test]
fn an_answer_ends_an_outage_but_not_a_refusal() {
    let mut down = resting();
    down.on_answer(at(12), at(13));
    assert_eq!(down.state(at(13)), HealthState::Closed);
    let mut refused = Health::default();
    refused.on_failure(&policy(), &failure(FailureKind::Refused), at(0), at(0));
    refused.on_answer(at(10), at(11));
    assert_eq!(refused.state(at(11)), HealthState::HalfOpen);
}

#[test]
fn failures_long_past_are_forgotten() {
    let mut health = Health::default();
    fail(&mut health, 0, 0);
    fail(&mut health, 1, 1);
    fail(&mut health, 1_001, 1_001);
    assert_eq!(
        (health.state(at(1_001)), health.failures()),
        (HealthState::Closed, 1)
    );
}

#[test]
fn a_clock_that_was_set_back_keeps_nobody_resting() {
    let mut health = resting();
    assert_eq!(health.state(at(-5_000)), HealthState::HalfOpen);
    health.on_success(at(-5_000), at(-4_999));
    assert_eq!(health.state(at(-4_999)), HealthState::Closed);
}

#[test]
fn a_long_cause_is_kept_short_and_on_one_line() {
    let mut health = Health::default();
    let detail = format!("line one\nline 'two' {}", "ü".repeat(10_000));
    health.on_failure(
        &policy(),
        &Failure {
            kind: FailureKind::Refused,
            detail,
        },
        at(0),
        at(0),
    );
    let reason = health.reason().unwrap();
    assert_eq!(reason.detail.chars().count(), 200);
    assert!(
        reason
            .to_string()
            .starts_with("refused: line one\\nline 'two'"),
        "{reason}"
    );
}

#[derive(Debug, Clone)]
enum Step {
    Wait(u32),
    Claim,
    Success { age: u32 },
    Answer { age: u32 },
    Failure { kind: FailureKind, age: u32 },
}

fn step() -> impl Strategy<Value = Step> {
    let kind = prop::sample::select(vec![
        FailureKind::Unavailable,
        FailureKind::InDoubt,
        FailureKind::Refused,
    ]);
    let age = 0_u32..300;
    prop_oneof![
        (0_u32..200).prop_map(Step::Wait),
        Just(Step::Claim),
        age.clone().prop_map(|age| Step::Success { age }),
        age.clone().prop_map(|age| Step::Answer { age }),
        (kind, age).prop_map(|(kind, age)| Step::Failure { kind, age }),
    ]
}

proptest! {
    #[test]
    fn no_history_keeps_a_provider_away_for_longer_than_a_rest_or_a_probe(steps in prop::collection::vec(step(), 0..80)) {
        let (policy, mut health, mut now) = (policy(), Health::default(), 0);
        for step in steps {
            match step {
                Step::Wait(seconds) => now += i64::from(seconds),
                Step::Claim => health.begin_probe(&policy, at(now)),
                Step::Success { age } => health.on_success(at(now - i64::from(age)), at(now)),
                Step::Answer { age } => health.on_answer(at(now - i64::from(age)), at(now)),
                Step::Failure { kind, age } => {
                    health.on_failure(&policy, &failure(kind), at(now - i64::from(age)), at(now));
                }
            }
            let longest = policy.longest_rest.max(policy.probe_patience);
            prop_assert!(until(&health.state(at(now))).is_none_or(|until| until <= at(now) + longest));
            let stored = serde_json::to_string(&health).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Health>(&stored).unwrap(), &health);
        }
        now += 60;
        health.begin_probe(&policy, at(now));
        health.on_success(at(now), at(now));
        let ends_refused = health.reason().is_some();
        prop_assert!(!ends_refused, "a probe that succeeds always closes");
    }
}
