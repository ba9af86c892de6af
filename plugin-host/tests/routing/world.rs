//! Routes, messages and moments the tests share.

use std::collections::BTreeMap;

use jiff::Timestamp;
use plugin_host::{
    CandidateState, Decision, ExactState, PoolEntry, Route, RouteMatch, RoutingInput, StickyBy,
    Strategy, Weight, decide,
};

/// A second of the tests' clock.
pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

pub(crate) fn route(strategy: Strategy, pool: &[(&str, f64)]) -> Route {
    let entry = |&(provider, weight): &(&str, f64)| PoolEntry {
        provider: provider.into(),
        weight: Weight::new(weight).unwrap(),
    };
    Route {
        name: "default".into(),
        matches: RouteMatch::default(),
        strategy,
        sticky_by: StickyBy::Lead,
        pool: pool.iter().map(entry).collect(),
        priority: false,
        essential: false,
        unsubscribe_tag: true,
        one_click: false,
        in_doubt: plugin_host::InDoubtPolicy::Hold,
    }
}

/// Everybody in the pool, with nothing in the way.
pub(crate) fn all_ready(route: &Route) -> Vec<CandidateState> {
    route
        .pool
        .iter()
        .map(|entry| CandidateState::ready(&entry.provider))
        .collect()
}

/// A message of lead number `n`, and the `n`th message.
pub(crate) fn message(n: usize) -> RoutingInput {
    RoutingInput {
        lead: Some(format!("L-{n}")),
        tracking_id: format!("00000000-0000-7000-8000-{n:012}"),
        ..RoutingInput::default()
    }
}

pub(crate) fn chosen(route: &Route, candidates: &[CandidateState], lead: usize) -> String {
    decide(route, &message(lead), candidates, None, at(0))
        .chosen
        .unwrap()
}

pub(crate) fn counts(chosen: impl IntoIterator<Item = String>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for provider in chosen {
        *counts.entry(provider).or_default() += 1;
    }
    counts
}

/// Runs `messages` one after the other and hands the counters on, as the store does.
pub(crate) fn in_turn(
    route: &Route,
    candidates: &[CandidateState],
    messages: std::ops::Range<usize>,
) -> Vec<Decision> {
    let mut counters: Option<ExactState> = None;
    messages
        .map(|n| {
            let decision = decide(route, &message(n), candidates, counters.as_ref(), at(0));
            counters.clone_from(&decision.exact_after);
            decision
        })
        .collect()
}

/// Whether `count` of `of` lies within four standard deviations of a share: a sound hash fails that once in 16,000.
pub(crate) fn is_near(count: usize, of: usize, share: f64) -> bool {
    is_within(4.0, count, of, share)
}

pub(crate) fn is_within(deviations: f64, count: usize, of: usize, share: f64) -> bool {
    let of = of as f64;
    (count as f64 - of * share).abs() <= deviations * (of * share * (1.0 - share)).sqrt()
}
