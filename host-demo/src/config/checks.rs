//! What must fit together across the tables of the file.

use std::collections::BTreeMap;

use plugin_host::{ProviderConfig, Route};

use super::{Callers, Faults, Section};

pub(super) fn providers(providers: &[ProviderConfig], faults: &Faults) {
    if providers.is_empty() {
        faults.add(
            "providers",
            "must hold at least one table [providers.NAME] with `library` and `settings`",
        );
    }
}

/// Asked at the place itself: a pool that was read in part no longer knows the places of its entries.
pub(super) fn is_a_provider(place: &Section<'_>, name: &str, providers: &[ProviderConfig]) {
    let known = names(providers);
    if !known.contains(&name) {
        let known = listed(&known);
        place.fault(
            "provider",
            format!("names `{name}`, which is no [providers] table; there are: {known}"),
        );
    }
}

pub(super) fn routes(routes: &[Route], faults: &Faults) {
    if routes.is_empty() {
        faults.add(
            "routes",
            "must hold at least one table [[routes]] with `name` and `pool`",
        );
    }
    for (index, route) in routes.iter().enumerate() {
        if routes[..index]
            .iter()
            .any(|other| other.name == route.name && !route.name.is_empty())
        {
            faults.add(
                format!("routes[{index}].name"),
                format!(
                    "names `{}` a second time; decisions refer to routes by name",
                    route.name
                ),
            );
        }
        if route.one_click {
            faults.add(
                format!("routes[{index}].one_click"),
                "must be false: this version has no one-click links of its own yet; the provider's unsubscribe tag is there",
            );
        }
        essential(index, route, routes, faults);
    }
}

/// A service suppresses whole streams: where marketing and password resets share one, an unsubscribe from the first stops the second.
fn essential(index: usize, route: &Route, routes: &[Route], faults: &Faults) {
    if !route.essential {
        return;
    }
    if route.unsubscribe_tag {
        faults.add(
            format!("routes[{index}].unsubscribe_tag"),
            "must be false on an essential route: who unsubscribes there would be suppressed by the service for its mail as well",
        );
    }
    for (other_index, other) in routes.iter().enumerate() {
        if other_index == index
            || other.essential
            || !other.unsubscribe_tag
            || !share_a_stream(route, other)
        {
            continue;
        }
        let Some(shared) = shared_provider(route, other) else {
            continue;
        };
        faults.add(
            format!("routes[{index}].essential"),
            format!(
                "shares provider `{shared}` and a message stream with routes[{other_index}] (`{}`), whose mail carries an unsubscribe link; \
                 the service suppresses whole streams, so give the two routes different providers, or `match.stream` lists without a common stream",
                other.name
            ),
        );
    }
}

fn share_a_stream(one: &Route, other: &Route) -> bool {
    let (one, other) = (&one.matches.stream, &other.matches.stream);
    one.is_empty() || other.is_empty() || one.iter().any(|stream| other.contains(stream))
}

fn shared_provider<'a>(one: &'a Route, other: &Route) -> Option<&'a str> {
    let has = |name: &str| other.pool.iter().any(|entry| entry.provider == name);
    let mut names = one.pool.iter().map(|entry| entry.provider.as_str());
    names.find(|name| has(name))
}

pub(super) fn webhooks(
    webhooks: &BTreeMap<String, Callers>,
    providers: &[ProviderConfig],
    faults: &Faults,
) {
    let known = names(providers);
    for name in webhooks
        .keys()
        .filter(|name| !known.contains(&name.as_str()))
    {
        faults.add(
            format!("webhooks.{name}"),
            format!("is for no [providers] table; there are: {}", listed(&known)),
        );
    }
}

fn names(providers: &[ProviderConfig]) -> Vec<&str> {
    providers.iter().map(|it| it.name.as_str()).collect()
}

fn listed(names: &[&str]) -> String {
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}
