//! Every other method, question and answer with every field; and every kind of refusal.

use std::error::Error;
use std::net::IpAddr;
use std::time::Duration;

use plugin_api::{
    BounceKind, EmailProvider, EventKind, Lookup, RefusalScope, SendErrorKind, SentQuery,
    SuppressionChange, SuppressionOrigin, SuppressionReason, Timestamp, TrackingId,
    UnsubscribeHandler, UnsubscribeLink, WebhookErrorKind, WebhookRequest,
};
use serde_json::{Value, json};

use super::{context, message};
use crate::support::hostile;

fn moment() -> Timestamp {
    Timestamp::from_microsecond(1_790_000_000_123_456).expect("within range")
}

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
    let provider = hostile("answers", json!({ "parse_webhook": "rubbish" })).await;
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
    let events = provider.parse_webhook(&request(b"x")).expect("events");
    assert_eq!(events[0].occurred_at, Some(Timestamp::MIN));
    let latest = events[1].occurred_at.expect("it is said");
    assert_eq!(latest.as_microsecond(), Timestamp::MAX.as_microsecond());
    assert_eq!(events[0].recipient.as_deref(), Some(""));
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

fn request(body: &'static [u8]) -> WebhookRequest {
    WebhookRequest::post("/webhooks/main", body, moment())
}

#[tokio::test]
async fn a_webhook_arrives_whole_and_every_kind_of_event_comes_back() {
    let provider = hostile("answers", json!({})).await;
    let mut request = request(b"body \xff\x00");
    request.query = "a=1&b".to_owned();
    request.headers = vec![
        ("X-One".to_owned(), "1".to_owned()),
        ("X-One".to_owned(), "again".to_owned()),
    ];
    request.remote = Some(IpAddr::from([127, 0, 0, 1]));
    request.authenticated_by_host = true;
    request.replay = true;
    let events = provider.parse_webhook(&request).expect("events");
    let first = &events[0];
    let detail = first.detail.as_deref().expect("the request");
    let seen: Value = serde_json::from_str(detail).expect("JSON");
    assert_eq!(
        seen,
        json!({
            "method": "POST",
            "path": "/webhooks/main",
            "query": "a=1&b",
            "headers": [["X-One", "1"], ["X-One", "again"]],
            "body": b"body \xff\x00",
            "received_at": 1_790_000_000_123_456_i64,
            "remote": "127.0.0.1",
            "authenticated_by_host": true,
            "replay": true,
        })
    );
    assert_eq!(first.occurred_at, Some(moment()));
    assert_eq!(first.recipient.as_deref(), Some("ann@example.com"));
    let id = first.provider_message_id.as_ref().expect("an id");
    assert_eq!(id.as_str(), "echo-1");
    let tracking = "0b9d3f2e-6a0e-4b52-8a53-5d0c1b9f7e21";
    assert_eq!(first.tracking_id.as_deref(), Some(tracking));
    assert_eq!(first.account_uid.as_deref(), Some("account"));
    assert_eq!(first.stream.as_deref(), Some("outbound"));
    assert_eq!(first.event_id.as_deref(), Some("event-1"));
    assert_eq!(first.suppresses, Some(true));
    let kinds: Vec<EventKind> = events.iter().map(|event| event.kind).collect();
    assert_eq!(
        kinds,
        [
            EventKind::Queued,
            EventKind::Sent,
            EventKind::Rejected,
            EventKind::Delivered,
            EventKind::Deferred,
            EventKind::Bounced(BounceKind::Hard),
            EventKind::Bounced(BounceKind::Soft),
            EventKind::Bounced(BounceKind::Blocked),
            EventKind::Bounced(BounceKind::Other),
            EventKind::Complained,
            EventKind::Opened,
            EventKind::Clicked,
            EventKind::Unsubscribed,
            EventKind::Resubscribed,
            EventKind::AutoResponded,
            EventKind::Inbound,
            EventKind::Unknown,
        ]
    );
}

#[tokio::test]
async fn a_refused_webhook_says_why() {
    let provider = hostile("answers", json!({})).await;
    for (body, kind, words) in [
        (
            &b"unauthenticated"[..],
            WebhookErrorKind::Unauthenticated,
            "no signature",
        ),
        (b"malformed", WebhookErrorKind::Malformed, "no JSON"),
    ] {
        let error = provider.parse_webhook(&request(body)).expect_err("refused");
        assert_eq!((error.kind, error.message.as_str()), (kind, words));
    }
}

#[tokio::test]
async fn suppressions_are_listed_added_and_removed() {
    let provider = hostile("answers", json!({})).await;
    let (stream, cursor) = (Some("outbound".to_owned()), Some("page 2".to_owned()));
    let page = provider
        .list_suppressions(stream.clone(), cursor, &context())
        .await;
    let page = page.expect("there is a list");
    assert_eq!(page.next.as_deref(), Some("next"));
    assert_eq!(
        page.entries[0].address,
        "Some(\"outbound\") Some(\"page 2\")"
    );
    assert_eq!(page.entries[0].created_at, Some(moment()));
    assert_eq!(page.entries[1].created_at, None);
    let words: Vec<_> = page
        .entries
        .iter()
        .map(|entry| (entry.reason, entry.origin))
        .collect();
    assert_eq!(
        words,
        [
            (
                SuppressionReason::Unsubscribed,
                SuppressionOrigin::Recipient
            ),
            (SuppressionReason::HardBounce, SuppressionOrigin::Customer),
            (SuppressionReason::Complaint, SuppressionOrigin::Admin),
            (SuppressionReason::Other, SuppressionOrigin::Unknown),
        ]
    );
    let addresses = ["ann@example.com".to_owned(), "bob@example.com".to_owned()];
    let added = provider
        .add_suppressions(stream, &addresses, &context())
        .await;
    let refused = |words: &str| SuppressionChange::Refused(words.to_owned());
    assert_eq!(
        added.expect("it answers"),
        [
            SuppressionChange::Done,
            refused("not added on Some(\"outbound\"): bob@example.com")
        ]
    );
    let removed = provider
        .remove_suppressions(None, &addresses, &context())
        .await;
    assert_eq!(
        removed.expect("it answers"),
        [
            SuppressionChange::Done,
            refused("not removed on None: bob@example.com")
        ]
    );
}

#[tokio::test]
async fn unsubscribe_links_come_back_in_every_form() {
    let provider = hostile("answers", json!({})).await;
    assert_eq!(provider.render_unsubscribe(None), None);
    assert_eq!(
        provider.render_unsubscribe(Some("canonical")),
        Some(UnsubscribeLink::Canonical)
    );
    assert_eq!(
        provider.render_unsubscribe(Some("outbound")),
        Some(UnsubscribeLink::Url(
            "https://example.com/outbound".to_owned()
        ))
    );
}

#[tokio::test]
async fn unsubscribes_come_back_with_every_field() {
    let provider = hostile("answers", json!({})).await;
    assert_eq!(
        provider
            .process_unsubscribe(&request(b"none"))
            .expect("no fault"),
        None
    );
    let found = provider.process_unsubscribe(&request(b"full"));
    let found = found.expect("no fault").expect("it is known");
    let full = &found[0];
    assert_eq!(full.account_uid.as_deref(), Some("account"));
    assert_eq!(full.tracking_id, Some(TrackingId::from_bytes([7; 16])));
    assert_eq!(full.recipient.as_deref(), Some("ann@example.com"));
    assert_eq!(full.stream.as_deref(), Some("outbound"));
    assert_eq!(full.at, moment());
    assert!(!full.suppress);
    assert_eq!(full.reason, SuppressionReason::Complaint);
    assert_eq!(full.origin, SuppressionOrigin::Admin);
    assert_eq!(full.event_id.as_deref(), Some("event-1"));
    let plain = &found[1];
    assert_eq!(
        (plain.account_uid.as_ref(), plain.tracking_id),
        (None, None)
    );
    assert!(plain.suppress);
}

/// Without `trackingGuid`.
const CALLBACK: &[u8] =
    br#"{"accountGuid": "0b9d3f2e-6a0e-4b52-8a53-5d0c1b9f7e21", "unsubscribed": 0}"#;

#[tokio::test]
async fn a_callback_that_lacks_a_field_names_it() {
    let provider = hostile("answers", json!({})).await;
    let error = provider.process_unsubscribe(&request(
        b"accountGuid=0b9d3f2e-6a0e-4b52-8a53-5d0c1b9f7e21",
    ));
    let error = error.expect_err("it is incomplete");
    assert_eq!(error.kind, WebhookErrorKind::Malformed);
    assert!(error.message.contains("trackingGuid"), "{error}");
}
