//! What must fit together across the tables of the file.

use std::collections::BTreeMap;

use plugin_host::{ProviderConfig, Route};

use super::{Callers, Faults};

pub(super) fn providers(providers: &[ProviderConfig], faults: &Faults) {
    if providers.is_empty() {
        faults.add(
            "providers",
            "must hold at least one table [providers.NAME] with `library` and `settings`",
        );
    }
}

pub(super) fn routes(routes: &[Route], providers: &[ProviderConfig], faults: &Faults) {
    if routes.is_empty() {
        faults.add(
            "routes",
            "must hold at least one table [[routes]] with `name` and `pool`",
        );
    }
    let known: Vec<&str> = providers.iter().map(|it| it.name.as_str()).collect();
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
        for (place, entry) in route.pool.iter().enumerate() {
            if !known.contains(&entry.provider.as_str()) {
                faults.add(
                    format!("routes[{index}].pool[{place}].provider"),
                    format!(
                        "names `{}`, which is no [providers] table; there are: {}",
                        entry.provider,
                        listed(&known)
                    ),
                );
            }
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
    let known: Vec<&str> = providers.iter().map(|it| it.name.as_str()).collect();
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

fn listed(names: &[&str]) -> String {
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}
