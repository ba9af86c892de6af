//! Routes, messages and moments the tests share.

use jiff::Timestamp;
use plugin_host::{
    CandidateState, PoolEntry, Route, RouteMatch, RoutingInput, StickyBy, Strategy, Weight,
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
