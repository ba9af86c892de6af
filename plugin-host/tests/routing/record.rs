//! The stored decision: under names that never change.

use plugin_host::{
    AddressKey, Decision, FailureKind, HealthState, Outcome, RestReason, Route, RoutingInput,
    StickyBy, Strategy, Weight, decide,
};

use crate::world::{all_ready, at, message, route};

/// The first provider rests, the second takes over.
pub(crate) fn failed_over() -> Decision {
    let mut route = route(
        Strategy::Sticky,
        &[("postmark-main", 70.0), ("sendgrid-main", 29.5)],
    );
    route.sticky_by = StickyBy::Recipient;
    let reason = RestReason {
        kind: FailureKind::Unavailable,
        failures: 5,
        detail: "connection refused".into(),
    };
    let mut candidates = all_ready(&route);
    candidates[0].health = HealthState::Open {
        until: at(30),
        reason,
    };
    let message = RoutingInput {
        tag: Some("welcome".into()),
        recipient_domains: vec!["example.com".into()],
        first_to: Some(AddressKey::of("Lead@Example.com")),
        ..message(1)
    };
    decide(&route, &message, &candidates, None, at(0))
}

#[test]
fn a_decision_is_stored_under_names_that_never_change() {
    let expected = serde_json::json!({
        "inputs": {
            "scheme": "sip24-rendezvous-swrr/1",
            "at": "2027-01-15T08:00:00Z",
            "route": {
                "name": "default",
                "version": "54d2acd95e0664e7",
                "strategy": "sticky",
                "sticky_by": "recipient",
                "pool": [
                    {"provider": "postmark-main", "weight": 70},
                    {"provider": "sendgrid-main", "weight": 29.5},
                ],
            },
            "message": {
                "tag": "welcome",
                "recipient_domains": ["example.com"],
                "lead": "L-1",
                "first_to": "e8b8f4c14d786028",
                "tracking_id": "00000000-0000-7000-8000-000000000001",
            },
            "candidates": [
                {
                    "provider": "postmark-main",
                    "paused": false,
                    "suppressed": false,
                    "health": {
                        "state": "open",
                        "until": "2027-01-15T08:00:30Z",
                        "reason": {"kind": "unavailable", "failures": 5, "detail": "connection refused"},
                    },
                },
                {"provider": "sendgrid-main", "paused": false, "suppressed": false, "health": {"state": "closed"}},
            ],
        },
        "key": "recipient:e8b8f4c14d786028",
        "ranking": [
            {
                "provider": "postmark-main",
                "weight": 70,
                "draw": "a246f511931307dd",
                "verdict": "skipped",
                "reason": {
                    "kind": "resting",
                    "until": "2027-01-15T08:00:30Z",
                    "reason": {"kind": "unavailable", "failures": 5, "detail": "connection refused"},
                },
            },
            {"provider": "sendgrid-main", "weight": 29.5, "draw": "209c05eb917e5084", "verdict": "eligible"},
        ],
        "chosen": "sendgrid-main",
        "probe": false,
    });
    assert_eq!(serde_json::to_value(failed_over()).unwrap(), expected);
}

#[test]
fn every_skip_reason_has_its_stored_name() {
    use plugin_host::SkipReason as Skip;
    let outcome = Outcome::InDoubt;
    for (reason, expected) in [
        (
            Skip::NotLoaded { reason: "r".into() },
            r#"{"kind":"not-loaded","reason":"r"}"#,
        ),
        (Skip::Paused, r#"{"kind":"paused"}"#),
        (
            Skip::Missing {
                capability: "c".into(),
            },
            r#"{"kind":"missing","capability":"c"}"#,
        ),
        (
            Skip::TooLarge { limit: 1, size: 2 },
            r#"{"kind":"too-large","limit":1,"size":2}"#,
        ),
        (
            Skip::RecipientSuppressed,
            r#"{"kind":"recipient-suppressed"}"#,
        ),
        (
            Skip::AlreadyTried {
                outcome,
                again_at: None,
            },
            r#"{"kind":"already-tried","outcome":"in-doubt"}"#,
        ),
        (
            Skip::RateLimited { until: at(0) },
            r#"{"kind":"rate-limited","until":"2027-01-15T08:00:00Z"}"#,
        ),
        (Skip::InDoubtElsewhere, r#"{"kind":"in-doubt-elsewhere"}"#),
        (
            Skip::SettledElsewhere {
                outcome: Outcome::Sent,
            },
            r#"{"kind":"settled-elsewhere","outcome":"sent"}"#,
        ),
    ] {
        assert_eq!(serde_json::to_string(&reason).unwrap(), expected);
        assert_eq!(serde_json::from_str::<Skip>(expected).unwrap(), reason);
    }
}

#[test]
fn a_decision_of_an_unknown_scheme_is_refused() {
    let stored = serde_json::to_string(&failed_over())
        .unwrap()
        .replace("swrr/1", "swrr/2");
    let fault = serde_json::from_str::<Decision>(&stored)
        .unwrap_err()
        .to_string();
    assert!(
        fault.contains("unknown variant `sip24-rendezvous-swrr/2`"),
        "{fault}"
    );
}

#[test]
fn a_record_with_fields_of_a_newer_version_is_still_read() {
    let mut stored = serde_json::to_value(failed_over()).unwrap();
    stored["inputs"]["candidates"][0]["moon"] = "full".into();
    stored["mood"] = "good".into();
    assert_eq!(
        serde_json::from_value::<Decision>(stored).unwrap(),
        failed_over()
    );
}

#[test]
fn a_record_that_was_altered_does_not_replay() {
    let mut decision = failed_over();
    decision.chosen = Some("postmark-main".into());
    assert_ne!(decision.replay(), decision);
}

#[test]
fn the_version_of_a_route_follows_what_decides_and_nothing_else() {
    let plain = route(Strategy::Sticky, &[("a", 1.0), ("b", 2.0)]);
    let version = |route: &Route| {
        decide(route, &message(1), &[], None, at(0))
            .inputs
            .route
            .version
    };
    let changed = |change: &dyn Fn(&mut Route)| {
        let mut route = plain.clone();
        change(&mut route);
        version(&route) != version(&plain)
    };
    assert!(changed(&|route| route.strategy = Strategy::Exact));
    assert!(changed(&|route| route.sticky_by = StickyBy::Account));
    assert!(changed(
        &|route| route.pool[1].weight = Weight::new(3.0).unwrap()
    ));
    assert!(changed(&|route| route.pool[0].provider = "c".into()));
    assert!(!changed(&|route| route.essential = true));
}
