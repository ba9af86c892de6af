//! Versions of the API that were released: plugins and hosts in the field were built against them.

use super::copies::{frozen, today};
use super::pairs::{agrees, in_host, in_host_under_valgrind, in_todays_host};
use crate::support::has_valgrind;

#[tokio::test]
async fn every_frozen_plugin_works_in_todays_host() {
    let expected = in_todays_host(&today().plugin).await;
    let frozen = frozen();
    assert!(!frozen.is_empty(), "nothing is frozen");
    for pair in frozen.values() {
        let report = in_todays_host(&pair.plugin).await;
        // Today's plugin may do more than an old one.
        agrees(&expected, &report);
    }
}

#[test]
fn todays_plugin_works_in_every_frozen_host() {
    let today = today();
    for pair in frozen().values() {
        let expected = in_host(&pair.host, &pair.plugin);
        agrees(&in_host(&pair.host, &today.plugin), &expected);
        if has_valgrind() {
            agrees(
                &in_host_under_valgrind(&pair.host, &today.plugin),
                &expected,
            );
        }
    }
}
