//! Whatever routes and states there are: a stored decision gives the same answer again.

use jiff::Timestamp;
use plugin_host::{
    AddressKey, CandidateState, Decision, FailureKind, HealthState, Outcome, PoolEntry, RestReason,
    Route, RoutingInput, StickyBy, Strategy as Share, TooLarge, Tried, Verdict, Weight, decide,
};
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

use crate::world::{at, message, route};

fn moment() -> impl Strategy<Value = Timestamp> {
    (-100_i64..100).prop_map(at)
}

fn health() -> impl Strategy<Value = HealthState> {
    let reason = ("\\PC{0,9}", any::<u32>()).prop_map(|(detail, failures)| RestReason {
        kind: FailureKind::InDoubt,
        failures,
        detail,
    });
    let open = (moment(), reason).prop_map(|(until, reason)| HealthState::Open { until, reason });
    prop_oneof![Just(HealthState::Closed), Just(HealthState::HalfOpen), open]
}

fn tried() -> impl Strategy<Value = Tried> {
    let outcomes = vec![
        Outcome::Sent,
        Outcome::InvalidMessage,
        Outcome::RecipientSuppressed,
        Outcome::ProviderRefused,
        Outcome::Throttled,
        Outcome::Unavailable,
        Outcome::InDoubt,
        Outcome::Unsupported,
    ];
    (select(outcomes), of(moment())).prop_map(|(outcome, again_at)| Tried { outcome, again_at })
}

prop_compose! {
    fn candidate()(
        provider in "[a-f]",
        not_loaded in of("\\PC{0,9}"),
        (paused, suppressed) in (any::<bool>(), prop::bool::weighted(0.1)),
        missing in of("[a-z]{1,9}"),
        too_large in of(any::<(u64, u64)>().prop_map(|(limit, size)| TooLarge { limit, size })),
        tried in of(tried()),
        health in health(),
        rate_limited_until in of(moment()),
    ) -> CandidateState {
        CandidateState { provider, not_loaded, paused, suppressed, missing, too_large, tried, health, rate_limited_until }
    }
}

prop_compose! {
    /// Any route a file could hold, duplicates and all.
    fn any_route()(
        exact: bool,
        by in select(vec![StickyBy::Lead, StickyBy::Recipient, StickyBy::Account, StickyBy::Message]),
        pool in prop::collection::vec(("[a-f]", 1_u64..=1_000_000_000_000), 0..7),
    ) -> Route {
        let mut route = route(if exact { Share::Exact } else { Share::Sticky }, &[]);
        route.sticky_by = by;
        let weight = |units: u64| Weight::new(units as f64 / 1e6).unwrap();
        route.pool = pool.into_iter().map(|(provider, units)| PoolEntry { provider, weight: weight(units) }).collect();
        route
    }
}

proptest! {
    #[test]
    fn any_decision_replays_after_storage_and_ranks_the_whole_pool(
        route in any_route(),
        states in prop::collection::vec(prop_oneof![1 => candidate(), 1 => "[a-f]".prop_map(CandidateState::ready)], 0..9),
        (lead, first_to, account) in (of("\\PC{0,9}"), of("\\PC{0,9}"), of("\\PC{0,9}")),
        messages in 1_usize..6,
    ) {
        let mut counters = None;
        for n in 0..messages {
            let input = RoutingInput {
                lead: lead.clone(),
                account: account.clone(),
                first_to: first_to.as_deref().map(AddressKey::of),
                ..message(n)
            };
            let decision = decide(&route, &input, &states, counters.as_ref(), at(0));
            let stored = serde_json::to_string(&decision).unwrap();
            let read: Decision = serde_json::from_str(&stored).unwrap();
            prop_assert_eq!(&read, &decision);
            prop_assert_eq!(&read.replay(), &decision);

            let sorted = |mut names: Vec<String>| { names.sort(); names };
            let ranked = decision.ranking.iter().map(|ranked| ranked.provider.clone()).collect();
            let pool = route.pool.iter().map(|entry| entry.provider.clone()).collect();
            prop_assert_eq!(sorted(ranked), sorted(pool));

            let first = decision.ranking.iter().find(|ranked| ranked.verdict == Verdict::Eligible);
            prop_assert_eq!(first.map(|ranked| &ranked.provider), decision.chosen.as_ref());
            prop_assert!(decision.next_at.is_none_or(|next| next > at(0) && decision.chosen.is_none()));
            prop_assert_eq!(decision.explain().lines().count(), route.pool.len() + 2);
            counters = decision.exact_after;
        }
    }

    #[test]
    fn no_message_in_doubt_or_suppressed_is_ever_given_away(
        route in any_route(),
        mut states in prop::collection::vec("[a-f]".prop_map(CandidateState::ready), 1..9),
        which in any::<prop::sample::Index>(),
        outcome in select(vec![Outcome::InDoubt, Outcome::RecipientSuppressed, Outcome::InvalidMessage, Outcome::Sent]),
        again_at in of(moment()),
    ) {
        let which = which.index(states.len());
        states[which].tried = Some(Tried { outcome, again_at });
        let decision = decide(&route, &message(1), &states, None, at(0));
        prop_assert_eq!((decision.chosen, decision.next_at), (None, None));
    }
}
