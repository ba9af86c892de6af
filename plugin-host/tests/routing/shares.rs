//! A percentage that is a percentage.

use std::collections::BTreeMap;

use plugin_host::{CandidateState, Strategy, decide};

use crate::world::{all_ready, at, chosen, counts, in_turn, is_near, message, route};

const LEADS: usize = 10_000;

#[test]
fn sticky_shares_come_close_to_the_weights_over_ten_thousand_leads() {
    for pool in [
        &[("a", 70.0), ("b", 30.0)][..],
        &[("a", 1.0), ("b", 1.0), ("c", 1.0)],
        &[("a", 98.5), ("b", 1.0), ("c", 0.5)],
    ] {
        let route = route(Strategy::Sticky, pool);
        let sum: f64 = pool.iter().map(|(_, weight)| weight).sum();
        let counts = counts((0..LEADS).map(|lead| chosen(&route, &all_ready(&route), lead)));
        for (provider, weight) in pool {
            assert!(
                is_near(counts[*provider], LEADS, weight / sum),
                "{provider}: {counts:?}"
            );
        }
    }
}

#[test]
fn a_lead_stays_with_its_provider_whatever_the_message() {
    let route = route(Strategy::Sticky, &[("a", 70.0), ("b", 30.0)]);
    for lead in 0..100 {
        let mut other = message(lead);
        other.tracking_id = "another".into();
        other.tag = Some("tag".into());
        let again = decide(&route, &other, &all_ready(&route), None, at(999))
            .chosen
            .unwrap();
        assert_eq!(again, chosen(&route, &all_ready(&route), lead));
    }
}

#[test]
fn a_new_provider_takes_its_share_and_moves_nobody_between_the_old_ones() {
    let before = route(Strategy::Sticky, &[("a", 50.0), ("b", 30.0)]);
    let after = route(Strategy::Sticky, &[("new", 20.0), ("a", 50.0), ("b", 30.0)]);
    let moves = (0..LEADS).map(|lead| {
        (
            chosen(&before, &all_ready(&before), lead),
            chosen(&after, &all_ready(&after), lead),
        )
    });
    let moved: Vec<_> = moves.filter(|(old, new)| old != new).collect();
    assert!(
        moved.iter().all(|(_, new)| new == "new"),
        "only the new provider gains"
    );
    assert!(is_near(moved.len(), LEADS, 0.2), "{} moved", moved.len());
}

#[test]
fn the_leads_of_a_provider_that_rests_fall_to_the_others_by_their_weights() {
    for strategy in [Strategy::Sticky, Strategy::Exact] {
        let route = route(strategy, &[("a", 50.0), ("b", 30.0), ("c", 20.0)]);
        let mut candidates = all_ready(&route);
        candidates[0].paused = true;
        let decisions = in_turn(&route, &candidates, 0..LEADS);
        let firsts_of_a = decisions
            .into_iter()
            .filter(|decision| decision.ranking[0].provider == "a");
        let counts = counts(firsts_of_a.map(|decision| decision.chosen.unwrap()));
        let of = counts.values().sum();
        assert!(is_near(counts["b"], of, 0.6), "{strategy}: {counts:?}");
    }
}

#[test]
fn exact_first_choices_are_exact_while_a_provider_is_away() {
    let route = route(Strategy::Exact, &[("a", 0.7), ("b", 0.3)]);
    let mut candidates = all_ready(&route);
    candidates[0].paused = true;
    let firsts = in_turn(&route, &candidates, 0..1_000)
        .into_iter()
        .map(|decision| decision.ranking[0].provider.clone());
    assert_eq!(
        counts(firsts),
        BTreeMap::from([("a".into(), 700), ("b".into(), 300)])
    );
}

#[test]
fn a_message_that_waits_or_fails_over_takes_no_second_turn() {
    use plugin_host::{Outcome, Tried};
    let route = route(Strategy::Exact, &[("a", 1.0), ("b", 1.0)]);
    let ready = all_ready(&route);
    let first = decide(&route, &message(1), &ready, None, at(0));
    assert_ne!(first.exact_after, first.inputs.exact);

    let mut tried = ready.clone();
    tried[0].tried = Some(Tried {
        outcome: Outcome::Unavailable,
        again_at: None,
    });
    let second = decide(
        &route,
        &message(1),
        &tried,
        first.exact_after.as_ref(),
        at(1),
    );
    assert_eq!(second.exact_after, first.exact_after);
    assert_eq!(second.chosen.as_deref(), Some("b"));

    let nobody: Vec<_> = ready
        .into_iter()
        .map(|state| CandidateState {
            paused: true,
            ..state
        })
        .collect();
    let waiting = decide(
        &route,
        &message(2),
        &nobody,
        first.exact_after.as_ref(),
        at(2),
    );
    assert_eq!(waiting.exact_after, first.exact_after);
}

#[test]
fn failover_follows_the_line_of_the_first_decision() {
    use plugin_host::{Outcome, Tried};
    for strategy in [Strategy::Sticky, Strategy::Exact] {
        let route = route(strategy, &[("a", 3.0), ("b", 2.0), ("c", 2.0), ("d", 1.0)]);
        for first in in_turn(&route, &all_ready(&route), 0..50) {
            let mut candidates = all_ready(&route);
            let head = candidates
                .iter_mut()
                .find(|state| Some(&state.provider) == first.chosen.as_ref())
                .unwrap();
            head.tried = Some(Tried {
                outcome: Outcome::Unavailable,
                again_at: None,
            });
            let next = decide(
                &route,
                &first.inputs.message,
                &candidates,
                first.exact_after.as_ref(),
                at(1),
            );
            assert_eq!(next.chosen.as_ref(), Some(&first.ranking[1].provider));
        }
    }
}

#[test]
fn an_empty_pool_chooses_nobody() {
    for strategy in [Strategy::Sticky, Strategy::Exact] {
        let route = route(strategy, &[]);
        let decision = decide(&route, &message(1), &all_ready(&route), None, at(0));
        assert_eq!((decision.chosen, decision.next_at), (None, None));
    }
}
