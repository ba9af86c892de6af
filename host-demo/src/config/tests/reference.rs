//! The reference file, held against the code.

use std::path::Path;

use super::read;
use crate::config::interpret;

/// The reference: comment marks before examples are taken away, so that the examples are read as well.
const REFERENCE: &str = include_str!("../../../config/default.toml");

#[test]
fn the_reference_states_the_defaults_of_the_code() {
    let (stated, faults) = read(REFERENCE);
    let names: Vec<_> = faults
        .into_inner()
        .into_iter()
        .map(|fault| fault.key)
        .collect();
    assert_eq!(
        names,
        ["providers", "routes"],
        "only the examples are missing"
    );
    let (default, _) = read("");
    assert_eq!(
        format!("{:?}", stated.server),
        format!("{:?}", default.server)
    );
    assert_eq!(stated.delivery, default.delivery);
    assert_eq!(
        format!("{:?}", stated.plugins),
        format!("{:?}", default.plugins)
    );
    assert_eq!(stated.store, default.store);
    assert_eq!(
        format!("{:?}", stated.unsubscribe),
        format!("{:?}", default.unsubscribe)
    );
}

#[test]
fn the_examples_of_the_reference_are_good_and_name_every_key() {
    let examples: String = REFERENCE
        .lines()
        .map(|line| line.strip_prefix("#| ").unwrap_or(line).to_owned() + "\n")
        .collect();
    let known = |name: &str| Some(format!("value-of-{name}"));
    let (config, faults) = interpret(examples.parse().unwrap(), Path::new(""), &known);
    assert_eq!(faults.into_inner(), []);
    assert!(
        !config.providers.is_empty() && !config.routes.is_empty() && !config.webhooks.is_empty()
    );
    for key in [
        "listen",
        "tokens",
        "request_timeout",
        "shutdown_grace",
        "url",
        "directories",
        "lock",
        "trusted_keys",
        "allow_unsigned",
        "library",
        "settings",
        "rate_limit",
        "max_in_flight",
        "max_batch",
        "name",
        "match",
        "strategy",
        "sticky_by",
        "pool",
        "priority",
        "essential",
        "unsubscribe_tag",
        "one_click",
        "in_doubt",
        "max_age",
        "retries",
        "soft_deadline",
        "hard_deadline",
        "reconcile_after",
        "reconcile_every",
        "reconcile_for",
        "basic_auth",
        "header",
        "scope",
        "public_url",
        "signing_keys",
    ] {
        assert!(
            REFERENCE.contains(&format!("{key} = ")),
            "{key} is not in the reference"
        );
    }
}
