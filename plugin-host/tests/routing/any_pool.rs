//! Shares of pools of any size and weight, and what moves when a pool changes.

use plugin_host::{Strategy, decide};
use proptest::prelude::*;

use crate::world::{all_ready, at, chosen, counts, in_turn, is_within, message, route};

fn named(weights: &[f64]) -> Vec<(String, f64)> {
    let name = |(place, &weight)| (format!("p{place}"), weight);
    weights.iter().enumerate().map(name).collect()
}

fn pool(named: &[(String, f64)]) -> Vec<(&str, f64)> {
    named
        .iter()
        .map(|(name, weight)| (name.as_str(), *weight))
        .collect()
}

fn whole(weights: Vec<u32>) -> Vec<f64> {
    weights.into_iter().map(f64::from).collect()
}

proptest! {
    #[test]
    fn exact_shares_are_exact_over_any_stretch(weights in prop::collection::vec(1_u32..12, 1..6), start in 0_usize..50) {
        let providers = named(&whole(weights.clone()));
        let route = route(Strategy::Exact, &pool(&providers));
        let sum = weights.iter().sum::<u32>() as usize;
        let decisions = in_turn(&route, &all_ready(&route), 0..start + sum);
        let counts = counts(decisions.into_iter().skip(start).map(|decision| decision.chosen.unwrap()));
        for (name, weight) in &providers {
            prop_assert_eq!(counts[name], *weight as usize);
        }
    }

    #[test]
    fn after_any_change_of_the_pool_exact_shares_are_exact_at_once(
        before in prop::collection::vec(1_u32..12, 1..6),
        after in prop::collection::vec(1_u32..12, 1..6),
        turns in 0_usize..50,
    ) {
        let (before, after) = (named(&whole(before)), named(&whole(after)));
        let (old, new) = (route(Strategy::Exact, &pool(&before)), route(Strategy::Exact, &pool(&after)));
        let counted = in_turn(&old, &all_ready(&old), 0..turns);
        let mut counters = counted.last().and_then(|last| last.exact_after.clone());
        let mut firsts = Vec::new();
        let sum: f64 = after.iter().map(|(_, weight)| weight).sum();
        // The same pool goes on in the middle of its round, which is as exact over a whole one.
        for n in 0..sum as usize {
            let decision = decide(&new, &message(n), &all_ready(&new), counters.as_ref(), at(0));
            counters.clone_from(&decision.exact_after);
            firsts.extend(decision.chosen);
        }
        let counts = counts(firsts);
        for (name, weight) in &after {
            prop_assert_eq!(counts[name], *weight as usize);
        }
    }

    #[test]
    fn a_provider_that_joins_takes_leads_and_moves_none_between_the_others(
        weights in prop::collection::vec(1_u32..1_000, 2..7),
        leads in prop::collection::vec(any::<usize>(), 50),
    ) {
        let all = named(&whole(weights));
        let (joins, few) = all.split_last().unwrap();
        let (before, after) = (route(Strategy::Sticky, &pool(few)), route(Strategy::Sticky, &pool(&all)));
        for lead in leads {
            let old = chosen(&before, &all_ready(&before), lead);
            let new = chosen(&after, &all_ready(&after), lead);
            prop_assert!(old == new || new == joins.0);
        }
    }

    #[test]
    fn a_provider_that_leaves_moves_only_its_own_leads(
        weights in prop::collection::vec(0.01_f64..1_000.0, 2..7),
        gone in any::<prop::sample::Index>(),
        leads in prop::collection::vec(any::<usize>(), 50),
    ) {
        let names: Vec<String> = (0..weights.len()).map(|n| format!("p{n}")).collect();
        let rounded = weights.iter().map(|weight| (weight * 100.0).round() / 100.0);
        let all: Vec<_> = names.iter().map(String::as_str).zip(rounded).collect();
        let mut fewer = all.clone();
        let (gone, _) = fewer.remove(gone.index(all.len()));
        let (before, after) = (route(Strategy::Sticky, &all), route(Strategy::Sticky, &fewer));
        for lead in leads {
            let old = chosen(&before, &all_ready(&before), lead);
            let new = chosen(&after, &all_ready(&after), lead);
            prop_assert!(old == new || old == gone);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Six standard deviations: a sound hash fails that once in 500 million.
    #[test]
    fn sticky_shares_come_close_to_any_weights(weights in prop::collection::vec(1_u32..20, 2..6), first in 0_usize..1_000_000) {
        let providers = named(&whole(weights));
        let route = route(Strategy::Sticky, &pool(&providers));
        let sum: f64 = providers.iter().map(|(_, weight)| weight).sum();
        let counts = counts((first..first + 2_000).map(|lead| chosen(&route, &all_ready(&route), lead)));
        for (name, weight) in &providers {
            let count = counts.get(name).copied().unwrap_or_default();
            prop_assert!(is_within(6.0, count, 2_000, weight / sum), "{name}: {counts:?}");
        }
    }
}
