//! Several faults at once, each at its own place.

use super::{GOOD, faults};

#[test]
fn all_faults_are_reported_at_once() {
    let text = GOOD
        .replace("70", "0")
        .replace("${TOKEN}", "${NO_SUCH}")
        .replace("[webhooks.main]", "[webhooks.main]\ncolour = 1");
    let found = faults(&text);
    assert_eq!(found.len(), 3, "{found:#?}");
}

#[test]
fn a_pool_that_was_read_in_part_keeps_the_places_of_its_entries() {
    let text = GOOD
        .replace("weight = 70 }, ", "weight = -1 }, 7, ")
        .replace(
            "provider = \"other\", weight = 30",
            "provider = \"othr\", wait = 30",
        );
    assert_eq!(
        faults(&text),
        [
            "routes[0].pool[1] must be a table (got a whole number)",
            "routes[0].pool[0].weight must be above 0 (got -1)",
            "routes[0].pool[2].provider names `othr`, which is no [providers] table; there are: main, other",
            "routes[0].pool[2].weight is missing; only the ratio to the pool's other weights matters",
            "routes[0].pool[2].wait is not a known key; known here: provider, weight",
        ]
    );
}

#[test]
fn a_key_that_may_be_left_out_is_known_where_it_is() {
    assert_eq!(
        faults(&GOOD.replace("account = ", "acount = ")),
        ["server.tokens[1].acount is not a known key; did you mean `account`?"]
    );
}
