//! `[[routes]]`: which provider takes which message.

use plugin_host::{
    AccountKey, InDoubtPolicy, PoolEntry, ProviderConfig, Route, RouteFault, RouteMatch, StickyBy,
    Strategy, Weight,
};

use super::{Section, checks};

const STRATEGIES: [(&str, Strategy); 2] =
    [("sticky", Strategy::Sticky), ("exact", Strategy::Exact)];
const STICKY_BY: [(&str, StickyBy); 4] = [
    ("lead", StickyBy::Lead),
    ("recipient", StickyBy::Recipient),
    ("account", StickyBy::Account),
    ("message", StickyBy::Message),
];
const IN_DOUBT: [(&str, InDoubtPolicy); 3] = [
    ("hold", InDoubtPolicy::Hold),
    ("resend", InDoubtPolicy::Resend),
    ("at-least-once", InDoubtPolicy::AtLeastOnce),
];

pub(super) fn read(mut section: Section<'_>, providers: &[ProviderConfig]) -> Route {
    let (pool, is_complete) = pool(&mut section, providers);
    let route = Route {
        name: section
            .required("name", "decisions and faults refer to it")
            .unwrap_or_default(),
        matches: matches(section.section("match")),
        strategy: section.word("strategy", Strategy::default(), &STRATEGIES),
        sticky_by: section.word("sticky_by", StickyBy::default(), &STICKY_BY),
        pool,
        priority: section.boolean("priority", false),
        essential: section.boolean("essential", false),
        unsubscribe_tag: section.boolean("unsubscribe_tag", true),
        one_click: section.boolean("one_click", false),
        in_doubt: section.word("in_doubt", InDoubtPolicy::default(), &IN_DOUBT),
    };
    if is_complete {
        for fault in route.faults() {
            report(&section, &fault);
        }
    }
    section.finish();
    route
}

fn matches(mut section: Section<'_>) -> RouteMatch {
    let matches = RouteMatch {
        tag: section.strings("tag").unwrap_or_default(),
        stream: section.strings("stream").unwrap_or_default(),
        account: section
            .strings("account")
            .unwrap_or_default()
            .iter()
            .map(|account| AccountKey::of(account).into())
            .collect(),
        recipient_domain: section.strings("recipient_domain").unwrap_or_default(),
    };
    section.finish();
    matches
}

/// The entries that could be read, and whether these are all.
fn pool(section: &mut Section<'_>, providers: &[ProviderConfig]) -> (Vec<PoolEntry>, bool) {
    let places = section.sections("pool");
    let (mut pool, count) = (Vec::new(), places.len());
    for mut place in places {
        let provider = place.required("provider", "name one of the [providers] tables");
        if let Some(name) = &provider {
            checks::is_a_provider(&place, name, providers);
        }
        let weight = weight(&mut place);
        place.finish();
        if let (Some(provider), Some(weight)) = (provider, weight) {
            pool.push(PoolEntry { provider, weight });
        }
    }
    let is_complete = pool.len() == count;
    (pool, is_complete)
}

fn weight(place: &mut Section<'_>) -> Option<Weight> {
    if !place.has("weight") {
        place.fault(
            "weight",
            "is missing; only the ratio to the pool's other weights matters",
        );
    }
    match Weight::new(place.number("weight")?) {
        Ok(weight) => Some(weight),
        Err(fault) => {
            place.fault("weight", fault.to_string());
            None
        }
    }
}

/// The fault at its key; a place that could not be read has been reported there already.
fn report(section: &Section<'_>, fault: &RouteFault) {
    let sentence = fault.to_string();
    let problem = sentence.split_once(' ').map_or("", |(_, rest)| rest);
    let says = |key: &str| section.fault(key, problem);
    match fault {
        RouteFault::NoName => says("name"),
        RouteFault::EmptyPool => says("pool"),
        RouteFault::NoProvider { index } | RouteFault::ProviderTwice { index, .. } => {
            says(&format!("pool[{index}].provider"));
        }
    }
}
