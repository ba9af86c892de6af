//! What every other method of sending asks and answers, with every field; and every kind of refusal.

use std::error::Error;
use std::time::Duration;

use plugin_api::{EmailProvider, Lookup, RefusalScope, SendErrorKind, SentQuery, TrackingId};
use serde_json::{Value, json};

use super::{context, message, moment};
use crate::support::hostile;

#[tokio::test]
async fn every_kind_of_refusal_comes_back_with_its_words_and_its_cause() {
    let provider = hostile("answers", json!({})).await;
    let refused = |scope| SendErrorKind::ProviderRefused { scope };
    for (word, kind) in [
        (
            "invalid",
            SendErrorKind::InvalidMessage {
                field: Some("Subject".to_owned()),
            },
        ),
        (
            "invalid-somewhere",
            SendErrorKind::InvalidMessage { field: None },
        ),
        (
            "suppressed",
            SendErrorKind::RecipientSuppressed {
                addresses: vec!["ann@example.com".to_owned()],
            },
        ),
        ("sender", refused(RefusalScope::Sender)),
        ("stream", refused(RefusalScope::Stream)),
        ("account", refused(RefusalScope::Account)),
        ("provider", refused(RefusalScope::Provider)),
        (
            "throttled",
            SendErrorKind::Throttled {
                retry_after: Some(Duration::from_millis(1500)),
            },
        ),
        (
            "throttled-somewhat",
            SendErrorKind::Throttled { retry_after: None },
        ),
        ("unavailable", SendErrorKind::Unavailable),
        ("in-doubt", SendErrorKind::InDoubt),
        (
            "unsupported",
            SendErrorKind::Unsupported {
                what: "templates".to_owned(),
            },
        ),
    ] {
        let error = provider
            .send(&message(&format!("error-{word}")), &context())
            .await;
        let error = error.expect_err("it is refused");
        assert_eq!(error.kind, kind);
        assert_eq!(error.to_string(), "what happened");
        assert_eq!(error.provider_code.as_deref(), Some("422/300"));
        let cause = error.source().expect("it has a cause").to_string();
        assert_eq!(cause, "what lies underneath");
    }
}

#[tokio::test]
async fn numbers_out_of_range_become_the_nearest_there_is() {
    let provider = hostile("answers", json!({})).await;
    let error = provider.send(&message("rubbish"), &context()).await;
    let error = error.expect_err("it is refused");
    let longest = Duration::from_millis(u64::MAX);
    assert_eq!(
        error.kind,
        SendErrorKind::Throttled {
            retry_after: Some(longest)
        }
    );
    assert_eq!(error.message, "");
}

#[tokio::test]
async fn lookups_come_back_in_the_order_of_their_queries() {
    let provider = hostile("answers", json!({})).await;
    let query = |number: u8| {
        let id = TrackingId::from_bytes([number; 16]);
        let mut query = SentQuery::new(id, moment(), moment() + Duration::from_secs(30));
        query.stream = Some("outbound".to_owned());
        query.to = vec!["ann@example.com".to_owned(), "bob@example.com".to_owned()];
        query
    };
    let found = provider
        .find_sent(&[query(0), query(1), query(2), query(3)], &context())
        .await;
    let [
        Lookup::Found(receipt),
        absent,
        nobody_knows_when,
        Lookup::Unknown { why },
    ] = &found[..]
    else {
        panic!("{found:?}");
    };
    let asked = |number: u8| {
        json!({
            "tracking_id": TrackingId::from_bytes([number; 16]).to_string(),
            "stream": "outbound",
            "to": ["ann@example.com", "bob@example.com"],
            "attempted_at": 1_790_000_000_123_456_i64,
            "deadline_at": 1_790_000_030_123_456_i64,
            "attempt": 1,
        })
    };
    let parsed = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
    assert_eq!(receipt.id.as_str(), "echo-found");
    assert_eq!(parsed(receipt.note.as_deref().expect("a note")), asked(0));
    assert_eq!(
        *absent,
        Lookup::Absent {
            indexed_through: Some(moment())
        }
    );
    assert_eq!(
        *nobody_knows_when,
        Lookup::Absent {
            indexed_through: None
        }
    );
    assert_eq!(parsed(why), asked(3));
}

#[tokio::test]
async fn a_lookup_that_is_missing_is_unknown() {
    let query = SentQuery::new(TrackingId::from_bytes([1; 16]), moment(), moment());
    let queries = [query.clone(), query];
    let provider = hostile("answers", json!({ "find_sent": "too-few" })).await;
    let found = provider.find_sent(&queries, &context()).await;
    assert_eq!(
        found[1],
        Lookup::unknown("the plugin gave fewer answers than it was asked for")
    );
    let provider = hostile("answers", json!({ "find_sent": "too-many" })).await;
    assert_eq!(provider.find_sent(&queries, &context()).await.len(), 2);
}

#[tokio::test]
async fn check_and_capabilities_come_back_whole() {
    let provider = hostile("answers", json!({ "account": "account 7" })).await;
    let report = provider.check(&context().with_attempt(9)).await;
    let report = report.expect("the credentials are good");
    assert_eq!(report.account, "account 7");
    assert!(report.warnings[0].contains("\"attempt\":9"), "{report:?}");
    let capabilities = provider.capabilities();
    let all: Vec<(&str, u64)> = capabilities.iter().collect();
    assert_eq!(
        all,
        [
            ("find_sent", 1),
            ("max_batch", 7),
            ("max_message_bytes", u64::MAX),
            ("suppressions", 1),
            ("test.own", 3),
        ]
    );
}
