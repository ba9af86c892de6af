//! One part of a provider rests, the parts beside it work on.

use std::time::Duration;

use plugin_host::{
    AddressKey, CallScope, HealthBook, HealthPolicy, HealthState, RefusedScope, Scope,
};

use crate::health::{policy, until};
use crate::world::at;

fn call<'a>(stream: &'a str, sender: &str) -> CallScope<'a> {
    CallScope {
        provider: "postmark-main",
        plugin_version: "1.0.0",
        stream,
        sender: AddressKey::of(sender),
    }
}

#[test]
fn a_refusal_rests_its_scope_and_nothing_beside_it() {
    let rested = |scope: RefusedScope| {
        let mut book = HealthBook::new(policy(), []);
        book.on_refused(
            &call("outbound", "a@example.com"),
            scope,
            "no",
            at(0),
            at(0),
        );
        let others = [
            ("outbound", "a@example.com"),
            ("outbound", "b@example.com"),
            ("broadcast", "a@example.com"),
        ];
        others
            .map(|(stream, sender)| book.state(&call(stream, sender), at(1)) != HealthState::Closed)
    };
    assert_eq!(rested(RefusedScope::Sender), [true, false, true]);
    assert_eq!(rested(RefusedScope::Stream), [true, true, false]);
    assert_eq!(rested(RefusedScope::Account), [true, true, true]);
    assert_eq!(rested(RefusedScope::Provider), [true, true, true]);
}

#[test]
fn another_version_of_the_plugin_has_a_record_of_its_own() {
    let mut book = HealthBook::new(policy(), []);
    let old = call("outbound", "a@example.com");
    for _ in 0..3 {
        book.on_unavailable(&old, "connection refused", at(0), at(0));
    }
    assert!(matches!(book.state(&old, at(1)), HealthState::Open { .. }));
    assert_eq!(
        book.state(
            &CallScope {
                plugin_version: "1.0.1",
                ..old
            },
            at(1)
        ),
        HealthState::Closed
    );
}

#[test]
fn the_part_that_rests_longest_decides() {
    let mut book = HealthBook::new(policy(), []);
    let call = call("outbound", "a@example.com");
    book.on_refused(&call, RefusedScope::Sender, "sender", at(0), at(0));
    book.on_refused(&call, RefusedScope::Stream, "stream", at(5), at(5));
    assert_eq!(until(&book.state(&call, at(6))), Some(at(15)));
    assert_eq!(
        until(&book.state(&call, at(12))),
        Some(at(15)),
        "the sender is half-open, the stream still rests"
    );
    assert_eq!(book.state(&call, at(15)), HealthState::HalfOpen);
    book.begin_probe(&call, at(15));
    assert!(matches!(
        book.state(&call, at(16)),
        HealthState::Open { .. }
    ));
    book.on_success(&call, at(15), at(17));
    assert_eq!(book.state(&call, at(17)), HealthState::Closed);
}

#[test]
fn a_refused_sender_proves_that_the_provider_is_there() {
    let mut book = HealthBook::new(policy(), []);
    let call = call("outbound", "a@example.com");
    for _ in 0..3 {
        book.on_in_doubt(&call, "timeout", at(0), at(0));
    }
    book.begin_probe(&call, at(10));
    book.on_refused(
        &call,
        RefusedScope::Sender,
        "sender not confirmed",
        at(10),
        at(11),
    );
    let other = CallScope {
        sender: AddressKey::of("b@example.com"),
        ..call
    };
    assert_eq!(book.state(&other, at(11)), HealthState::Closed);
    assert!(matches!(
        book.state(&call, at(11)),
        HealthState::Open { .. }
    ));
}

#[test]
fn a_book_survives_storage_holds_no_address_and_shows_the_dead_as_dead() {
    let mut book = HealthBook::new(policy(), []);
    book.on_refused(
        &call("outbound", "a@example.com"),
        RefusedScope::Sender,
        "sender not confirmed",
        at(0),
        at(0),
    );
    let stored = serde_json::to_string(&book.records().collect::<Vec<_>>()).unwrap();
    assert!(!stored.contains("example.com"), "{stored}");
    assert_eq!(
        HealthBook::new(policy(), serde_json::from_str::<Vec<_>>(&stored).unwrap()),
        book
    );

    let snapshot = book.snapshots(at(500)).next().unwrap();
    assert_eq!(
        snapshot.key.scope,
        Scope::Sender(AddressKey::of("a@example.com"))
    );
    assert_eq!(
        (snapshot.health, snapshot.since, snapshot.next_probe),
        (HealthState::HalfOpen, Some(at(0)), Some(at(10)))
    );
    assert_eq!(
        (snapshot.failures, snapshot.reason.unwrap().detail.as_str()),
        (1, "sender not confirmed")
    );

    book.forget(at(999));
    assert_eq!(book.records().count(), 1);
    book.forget(at(1_000));
    assert_eq!(book.records().count(), 0);
}

#[test]
fn forgetting_after_a_recovery_does_not_let_the_outages_stragglers_in() {
    let mut book = HealthBook::new(policy(), []);
    let call = call("outbound", "a@example.com");
    for _ in 0..3 {
        book.on_unavailable(&call, "connection refused", at(0), at(2));
    }
    book.begin_probe(&call, at(12));
    book.on_success(&call, at(12), at(13));
    book.forget(at(14));
    for _ in 0..3 {
        book.on_in_doubt(&call, "timeout", at(1), at(15));
    }
    assert_eq!(book.state(&call, at(15)), HealthState::Closed);
}

#[test]
fn a_rest_in_force_is_never_forgotten() {
    let long = HealthPolicy {
        first_rest: Duration::from_secs(9_000),
        longest_rest: Duration::from_secs(9_000),
        ..policy()
    };
    let mut book = HealthBook::new(long, []);
    let call = call("outbound", "a@example.com");
    book.on_refused(&call, RefusedScope::Account, "no", at(0), at(0));
    book.forget(at(5_000));
    assert!(matches!(
        book.state(&call, at(5_000)),
        HealthState::Open { .. }
    ));
}
