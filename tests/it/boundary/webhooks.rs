//! Webhooks, suppression lists and unsubscribe callbacks, question and answer with every field.

use std::net::IpAddr;

use plugin_api::{
    BounceKind, EmailProvider, EventKind, SuppressionChange, SuppressionEdit, SuppressionOrigin,
    SuppressionQuery, SuppressionReason, Timestamp, TrackingId, UnsubscribeHandler,
    UnsubscribeLink, WebhookErrorKind, WebhookRequest,
};
use serde_json::{Value, json};

use super::{context, moment};
use crate::support::hostile;

fn request(body: &'static [u8]) -> WebhookRequest {
    WebhookRequest::post("/webhooks/main", body, moment())
}

#[tokio::test]
async fn a_webhook_arrives_whole_and_every_kind_of_event_comes_back() {
    let provider = hostile("webhooks", json!({})).await;
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
    let provider = hostile("webhooks", json!({})).await;
    for (body, kind, words) in [
        (
            &b"unauthenticated"[..],
            WebhookErrorKind::Unauthenticated,
            "no signature",
        ),
        (b"malformed", WebhookErrorKind::Malformed, "no JSON"),
        (b"failed", WebhookErrorKind::Failed, "no key"),
    ] {
        let error = provider.parse_webhook(&request(body)).expect_err("refused");
        assert_eq!((error.kind, error.message.as_str()), (kind, words));
    }
}

#[tokio::test]
async fn suppressions_are_listed_added_and_removed() {
    let provider = hostile("webhooks", json!({})).await;
    let mut query = SuppressionQuery::new(Some("outbound".to_owned()));
    query.reason = Some(SuppressionReason::HardBounce);
    query.cursor = Some("page 2".to_owned());
    query.since = Some(moment());
    let page = provider.list_suppressions(&query, &context()).await;
    let page = page.expect("there is a list");
    assert_eq!(page.next.as_deref(), Some("next"));
    assert_eq!(
        serde_json::from_str::<Value>(&page.entries[0].address).expect("the question"),
        json!({ "stream": "outbound", "reason": "HardBounce", "cursor": "page 2", "since": 1_790_000_000_123_456_i64 })
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
    let addresses = ["ann", "bob", "cid"].map(|name| format!("{name}@example.com"));
    let edit = SuppressionEdit::new(addresses.to_vec());
    let full = edit
        .clone()
        .on_stream("outbound")
        .because(SuppressionReason::Other);
    let added = provider.add_suppressions(&full, &context()).await;
    let refused = |words: &str| SuppressionChange::Refused(words.to_owned());
    assert_eq!(
        added.expect("it answers"),
        [
            SuppressionChange::Done,
            refused("not added, Some(\"outbound\"), Some(Other): bob@example.com"),
            SuppressionChange::Unknown("no answer".to_owned()),
        ]
    );
    let removed = provider.remove_suppressions(&edit, &context()).await;
    assert_eq!(
        removed.expect("it answers"),
        [
            SuppressionChange::Done,
            refused("not removed, None, None: bob@example.com"),
            SuppressionChange::Unknown("no answer".to_owned()),
        ]
    );
}

#[tokio::test]
async fn a_change_that_is_not_answered_is_unknown_and_answers_too_many_are_left_out() {
    let edit = SuppressionEdit::new(
        ["ann", "bob"]
            .map(|name| format!("{name}@example.com"))
            .to_vec(),
    );
    for (act, last) in [
        (
            "too-few",
            SuppressionChange::Unknown("the plugin did not answer for it".to_owned()),
        ),
        (
            "too-many",
            SuppressionChange::Refused("not added, None, None: bob@example.com".to_owned()),
        ),
    ] {
        let provider = hostile("webhooks", json!({ "suppressions": act })).await;
        let added = provider.add_suppressions(&edit, &context()).await;
        assert_eq!(added.expect("it answers"), [SuppressionChange::Done, last]);
    }
}

#[tokio::test]
async fn unsubscribe_links_come_back_in_every_form() {
    let provider = hostile("webhooks", json!({})).await;
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
    let provider = hostile("webhooks", json!({})).await;
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
    let id = full.provider_message_id.as_ref().expect("an id");
    assert_eq!(id.as_str(), "echo-1");
    assert_eq!(full.detail.as_deref(), Some("by hand"));
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
    let provider = hostile("webhooks", json!({})).await;
    let error = provider.process_unsubscribe(&request(CALLBACK));
    let error = error.expect_err("it is incomplete");
    assert_eq!(error.kind, WebhookErrorKind::Malformed);
    assert!(error.message.contains("trackingGuid"), "{error}");
}

#[tokio::test]
async fn times_out_of_range_become_the_nearest_there_is() {
    let provider = hostile("webhooks", json!({ "parse_webhook": "rubbish" })).await;
    let events = provider.parse_webhook(&request(b"x")).expect("events");
    assert_eq!(events[0].occurred_at, Some(Timestamp::MIN));
    let latest = events[1].occurred_at.expect("it is said");
    assert_eq!(latest.as_microsecond(), Timestamp::MAX.as_microsecond());
    assert_eq!(events[0].recipient.as_deref(), Some(""));
}
