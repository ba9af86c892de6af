//! Webhooks become events, and nothing a service may leave out stops them.

use plugin_api::serde_json::{Value, from_str, json};
use plugin_api::{
    BounceKind, EmailProvider as _, Event, EventKind, Timestamp, WebhookErrorKind, WebhookRequest,
};

use crate::common::{MESSAGE_ID, TRACKING_ID, plugin};

pub(crate) const RECEIVED: &str = "2026-03-02T20:00:00Z";

pub(crate) fn request(body: impl Into<Vec<u8>>) -> WebhookRequest {
    let mut request = WebhookRequest::post("/webhooks/postmark-main", body.into(), at(RECEIVED));
    let trace = ("x-pm-webhook-trace-id".to_owned(), "trace-1".to_owned());
    request.headers.push(trace);
    request
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn event_of(body: &str) -> Event {
    let plugin = plugin("http://127.0.0.1:1");
    let mut events = plugin.parse_webhook(&request(body)).unwrap();
    assert_eq!(events.len(), 1);
    events.remove(0)
}

pub(crate) fn changed(fixture: &str, change: &Value) -> String {
    let mut body: Value = from_str(fixture).unwrap();
    for (key, value) in change.as_object().unwrap() {
        body[key] = value.clone();
    }
    body.to_string()
}

pub(crate) const BOUNCE: &str = include_str!("fixtures/bounce.json");
pub(crate) const CHANGE: &str = include_str!("fixtures/subscription_change.json");
pub(crate) const REACTIVATION: &str = include_str!("fixtures/reactivation.json");

#[test]
fn every_record_type_becomes_its_event() {
    let hard = EventKind::Bounced(BounceKind::Hard);
    for (body, kind, recipient, time, detail) in [
        (
            BOUNCE,
            hard,
            "gone@example.com",
            "2026-03-02T14:16:03.7654321Z",
            "HardBounce; The server was unable to deliver your message (ex: unknown user, mailbox not found).; smtp;550 5.1.1 no such user",
        ),
        (
            include_str!("fixtures/spam_complaint.json"),
            EventKind::Complained,
            "ann@example.com",
            "2026-03-02T14:16:03Z",
            "SpamComplaint; The subscriber explicitly marked this message as spam.",
        ),
        (
            include_str!("fixtures/delivery.json"),
            EventKind::Delivered,
            "ann@example.com",
            "2026-03-02T14:15:44.0011223Z",
            "250 2.0.0 OK",
        ),
        (
            include_str!("fixtures/open.json"),
            EventKind::Opened,
            "ann@example.com",
            "2026-03-02T15:00:00.0000001Z",
            "Desktop",
        ),
        (
            include_str!("fixtures/click.json"),
            EventKind::Clicked,
            "ann@example.com",
            "2026-03-02T15:01:00Z",
            "https://example.com/offer",
        ),
        (
            CHANGE,
            EventKind::Unsubscribed,
            "ann@example.com",
            "2026-03-02T18:40:10.5550001Z",
            "ManualSuppression; Recipient",
        ),
    ] {
        let event = event_of(body);
        assert_eq!(event.kind, kind);
        assert_eq!(event.recipient.as_deref(), Some(recipient));
        assert_eq!(event.occurred_at, Some(at(time)));
        assert_eq!(event.detail.as_deref(), Some(detail));
        assert_eq!(event.provider_message_id.unwrap().as_str(), MESSAGE_ID);
        assert_eq!(event.tracking_id.as_deref(), Some(TRACKING_ID));
        assert_eq!(event.event_id.as_deref(), Some("trace-1"));
        assert!(event.stream.is_some());
    }
    let bounce = event_of(BOUNCE);
    assert_eq!(bounce.suppresses, Some(true));
    assert_eq!(bounce.account_uid.as_deref(), Some("account-1"));
    assert_eq!(event_of(CHANGE).account_uid.as_deref(), Some("account-1"));
}

#[test]
fn inbound_mail_is_known_though_it_names_no_record_type() {
    let event = event_of(include_str!("fixtures/inbound.json"));
    assert_eq!(event.kind, EventKind::Inbound);
    assert_eq!(event.recipient.as_deref(), Some("desk@inbound.example.com"));
    assert_eq!(event.occurred_at, Some(at("2026-03-02T14:20:00Z")));
    assert_eq!(event.tracking_id, None);
}

#[test]
fn every_bounce_type_has_its_kind_by_name_and_by_number() {
    use BounceKind::{Blocked, Hard, Other, Soft};
    use EventKind::{
        AutoResponded, Bounced, Complained, Deferred, Rejected, Unknown, Unsubscribed,
    };
    for (name, code, kind) in [
        ("HardBounce", 1, Bounced(Hard)),
        ("Transient", 2, Deferred),
        ("Unsubscribe", 16, Unsubscribed),
        ("Subscribe", 32, Unknown),
        ("AutoResponder", 64, AutoResponded),
        ("AddressChange", 128, AutoResponded),
        ("DnsError", 256, Bounced(Soft)),
        ("SpamNotification", 512, Bounced(Blocked)),
        ("OpenRelayTest", 1024, Unknown),
        ("Unknown", 2048, Bounced(Other)),
        ("SoftBounce", 4096, Bounced(Soft)),
        ("VirusNotification", 8192, Bounced(Blocked)),
        ("ChallengeVerification", 16_384, AutoResponded),
        ("BadEmailAddress", 100_000, Bounced(Hard)),
        ("SpamComplaint", 100_001, Complained),
        ("ManuallyDeactivated", 100_002, Bounced(Other)),
        ("Unconfirmed", 100_003, Bounced(Other)),
        ("Blocked", 100_006, Bounced(Blocked)),
        ("SMTPApiError", 100_007, Rejected),
        ("InboundError", 100_008, Unknown),
        ("DMARCPolicy", 100_009, Bounced(Blocked)),
        ("TemplateRenderingFailed", 100_010, Rejected),
    ] {
        let by_name = changed(BOUNCE, &json!({ "Type": name, "TypeCode": 0 }));
        assert_eq!(event_of(&by_name).kind, kind, "{name}");
        let by_number = changed(
            BOUNCE,
            &json!({ "Type": null, "TypeCode": code.to_string() }),
        );
        assert_eq!(event_of(&by_number).kind, kind, "{code}");
    }
    let new = changed(BOUNCE, &json!({ "Type": "BrandNew", "TypeCode": 1 }));
    assert_eq!(event_of(&new).kind, Bounced(Other));
}

#[test]
fn whether_a_bounce_suppresses_is_what_postmark_says_and_not_its_type() {
    for (inactive, suppresses) in [
        (json!(false), Some(false)),
        (json!("True"), Some(true)),
        (json!(null), None),
        (json!("perhaps"), None),
    ] {
        let event = event_of(&changed(BOUNCE, &json!({ "Inactive": inactive })));
        assert_eq!(event.suppresses, suppresses);
    }
}

#[test]
fn a_subscription_change_is_read_by_its_reason() {
    for (change, kind, suppresses) in [
        (
            json!({ "SuppressionReason": "HardBounce" }),
            EventKind::Bounced(BounceKind::Hard),
            Some(true),
        ),
        (
            json!({ "SuppressionReason": "SpamComplaint" }),
            EventKind::Complained,
            Some(true),
        ),
        (
            json!({ "Origin": "Customer", "MessageID": null }),
            EventKind::Unsubscribed,
            Some(true),
        ),
        (json!({ "SuppressSending": null }), EventKind::Unknown, None),
    ] {
        let event = event_of(&changed(CHANGE, &change));
        assert_eq!(
            (event.kind, event.suppresses),
            (kind, suppresses),
            "{change}"
        );
    }
    let back = event_of(REACTIVATION);
    assert_eq!(
        (back.kind, back.suppresses),
        (EventKind::Resubscribed, Some(false))
    );
    assert_eq!((back.provider_message_id, back.tracking_id), (None, None));
}

#[test]
fn every_field_but_the_record_type_may_be_missing() {
    for kind in [
        "Bounce",
        "SpamComplaint",
        "Delivery",
        "Open",
        "Click",
        "SubscriptionChange",
        "Quantum",
    ] {
        for body in [
            json!({ "RecordType": kind }),
            json!({ "RecordType": kind, "MessageID": null, "Metadata": null, "Tag": null, "ChangedAt": "soon", "BouncedAt": 7 }),
            json!({ "RecordType": kind, "MessageID": {}, "Metadata": [], "Recipient": 7, "Email": false }),
        ] {
            let event = event_of(&body.to_string());
            assert_eq!(event.tracking_id, None);
        }
    }
    let unknown = event_of(r#"{"RecordType":"Quantum"}"#);
    assert_eq!(unknown.kind, EventKind::Unknown);
    assert_eq!(unknown.detail.as_deref(), Some("RecordType Quantum"));
    assert_eq!(event_of("{}").kind, EventKind::Unknown);
}

#[test]
fn what_is_no_json_object_is_malformed_and_its_content_is_not_repeated() {
    let plugin = plugin("http://127.0.0.1:1");
    let mut bodies: Vec<Vec<u8>> = [
        "",
        "not json ann@example.com",
        "[]",
        "null",
        "7",
        "[{\"RecordType\":\"Open\"}]",
    ]
    .map(|body| body.as_bytes().to_vec())
    .to_vec();
    bodies.push(vec![0xff, 0xfe, b'{']);
    bodies.push(b"[".repeat(100_000));
    for body in bodies {
        let error = plugin.parse_webhook(&request(body)).unwrap_err();
        assert_eq!(error.kind, WebhookErrorKind::Malformed);
        assert!(!error.to_string().contains('@'), "{error}");
    }
}

#[test]
fn a_request_without_a_trace_has_no_event_id_and_the_same_request_gives_the_same_events() {
    let plugin = plugin("http://127.0.0.1:1");
    let plain = WebhookRequest::post("/", CHANGE, at(RECEIVED));
    let events = plugin.parse_webhook(&plain).unwrap();
    assert_eq!(events[0].event_id, None);
    assert_eq!(plugin.parse_webhook(&plain).unwrap(), events);
}
