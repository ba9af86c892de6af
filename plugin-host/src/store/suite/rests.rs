use jiff::Timestamp;

use super::{Place, at};
use crate::routing::{AddressKey, CallScope, HealthBook, HealthPolicy, HealthRecord, RefusedScope};

fn refused(provider: &str, now: Timestamp) -> Vec<HealthRecord> {
    let mut book = HealthBook::new(HealthPolicy::default(), []);
    let call = CallScope {
        provider,
        plugin_version: "1.0.0",
        stream: "outbound",
        sender: AddressKey::of("sales@host.example"),
    };
    book.on_refused(&call, RefusedScope::Sender, "no", now, now);
    book.records().collect()
}

pub(in crate::store) async fn who_rests_is_known_to_the_next_run(place: &impl Place) {
    let store = place.open();
    assert!(store.rests().await.unwrap().is_empty());
    for provider in ["acme", "umbrella"] {
        store.keep_rests(refused(provider, at(1))).await.unwrap();
    }
    drop(store);
    let store = place.open();
    assert_eq!(store.rests().await.unwrap(), refused("umbrella", at(1)));
}
