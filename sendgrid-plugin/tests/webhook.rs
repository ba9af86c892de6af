//! The event webhook becomes events, and only what SendGrid signed does where there is a key.

use plugin_api::serde_json::{Value, json};
use plugin_api::{
    BounceKind, EmailProvider as _, Event, EventKind, WebhookErrorKind, WebhookRequest,
};
use sendgrid_plugin::SendGridPlugin;

use crate::common::signer::{Signer, request};
use crate::common::{TRACKING_ID, plugin, plugin_with};

const NOWHERE: &str = "http://127.0.0.1:1";
/// When the tests' requests come in, in seconds since 1970.
const RECEIVED: i64 = 1_772_481_600;
const DAY: i64 = 86_400;

/// An event about the message to Ann, with further fields.
pub(crate) fn event(name: &str, further: &Value) -> Value {
    let mut event = json!({
        "email": "ann@example.com", "timestamp": 1_772_460_944, "event": name, "smtp-id": "<x@geopod>",
        "sg_event_id": "event-1", "sg_message_id": "abc123.recvd-7.0", "category": ["lead-followup"],
        "TrackingId": TRACKING_ID, "AccountUID": "account-1", "metadata_status": "new",
    });
    for (key, value) in further.as_object().unwrap() {
        event[key] = value.clone();
    }
    event
}

fn events_of(body: &Value) -> Vec<Event> {
    let request = request(&body.to_string());
    plugin(NOWHERE).parse_webhook(&request).unwrap()
}

fn event_of(name: &str, further: &Value) -> Event {
    let mut events = events_of(&json!([event(name, further)]));
    assert_eq!(events.len(), 1);
    events.remove(0)
}

#[test]
fn every_event_becomes_its_kind_with_sendgrid_s_words() {
    use EventKind::{
        Bounced, Clicked, Complained, Deferred, Delivered, Opened, Queued, Rejected, Resubscribed,
        Unsubscribed,
    };
    let none = json!({});
    for (name, further, kind, detail, suppresses) in [
        ("processed", none.clone(), Queued, None, None),
        (
            "deferred",
            json!({ "response": "450 busy", "attempt": "3" }),
            Deferred,
            Some("450 busy"),
            None,
        ),
        (
            "delivered",
            json!({ "response": "250 OK" }),
            Delivered,
            Some("250 OK"),
            None,
        ),
        (
            "bounce",
            json!({ "type": "bounce", "reason": "550 no such user", "status": "5.1.1" }),
            Bounced(BounceKind::Hard),
            Some("550 no such user; 5.1.1"),
            Some(true),
        ),
        (
            "bounce",
            json!({ "type": "blocked", "reason": "blocked" }),
            Bounced(BounceKind::Blocked),
            Some("blocked"),
            Some(false),
        ),
        (
            "bounce",
            none.clone(),
            Bounced(BounceKind::Other),
            None,
            None,
        ),
        (
            "dropped",
            json!({ "reason": "Bounced Address" }),
            Rejected,
            Some("Bounced Address"),
            Some(true),
        ),
        (
            "dropped",
            json!({ "reason": "Invalid SMTPAPI header" }),
            Rejected,
            Some("Invalid SMTPAPI header"),
            Some(false),
        ),
        (
            "open",
            json!({ "useragent": "Mozilla" }),
            Opened,
            None,
            None,
        ),
        (
            "click",
            json!({ "url": "https://example.com/offer" }),
            Clicked,
            Some("https://example.com/offer"),
            None,
        ),
        ("spamreport", none.clone(), Complained, None, Some(true)),
        ("unsubscribe", none.clone(), Unsubscribed, None, Some(true)),
        (
            "group_unsubscribe",
            none.clone(),
            Unsubscribed,
            None,
            Some(true),
        ),
        (
            "group_resubscribe",
            none.clone(),
            Resubscribed,
            None,
            Some(false),
        ),
        (
            "account_status_change",
            none,
            EventKind::Unknown,
            Some("event account_status_change"),
            None,
        ),
    ] {
        let event = event_of(name, &further);
        assert_eq!(event.kind, kind, "{name}");
        assert_eq!(event.detail.as_deref(), detail, "{name}");
        assert_eq!(event.suppresses, suppresses, "{name} {further}");
        assert_eq!(event.recipient.as_deref(), Some("ann@example.com"));
        let at = event.occurred_at.unwrap().to_string();
        assert_eq!(at, "2026-03-02T14:15:44Z");
        assert_eq!(event.event_id.as_deref(), Some("event-1"));
        assert_eq!(event.tracking_id.as_deref(), Some(TRACKING_ID));
        assert_eq!(event.account_uid.as_deref(), Some("account-1"));
    }
}

#[test]
fn an_event_names_its_message_by_the_id_that_the_answer_gave() {
    let id = |further: Value| {
        let event = event_of("delivered", &further);
        event.provider_message_id.map(|id| id.to_string())
    };
    let ours = format!("abc123:{TRACKING_ID}");
    assert_eq!(id(json!({})), Some(ours));
    let stranger = Some("abc123".to_owned());
    assert_eq!(id(json!({ "TrackingId": null })), stranger);
    assert_eq!(id(json!({ "sg_message_id": "" })), None);
}

#[test]
fn one_request_holds_events_of_many_messages_and_nothing_it_leaves_out_stops_them() {
    let events = events_of(&json!([
        event("delivered", &json!({ "email": "bob@example.com" })),
        {},
        7,
        { "event": "open" },
        { "event": "delivered", "timestamp": "1772460944", "category": "one" },
    ]));
    assert_eq!(events.len(), 4, "what is no object says nothing");
    assert_eq!(events[0].recipient.as_deref(), Some("bob@example.com"));
    assert_eq!(events[1].kind, EventKind::Unknown);
    assert_eq!(events[2].kind, EventKind::Opened);
    assert!(events[3].occurred_at.is_some());
    for body in ["", "rubbish", "{}", r#""text""#] {
        let error = plugin(NOWHERE).parse_webhook(&request(body)).unwrap_err();
        assert_eq!(error.kind, WebhookErrorKind::Malformed, "{body}");
    }
}

fn guarded(signer: &Signer) -> SendGridPlugin {
    plugin_with(
        NOWHERE,
        json!({ "webhook_public_keys": [signer.public_key()] }),
    )
}

fn refused(plugin: &SendGridPlugin, request: &WebhookRequest) -> String {
    let error = plugin.parse_webhook(request).unwrap_err();
    assert_eq!(error.kind, WebhookErrorKind::Unauthenticated);
    error.to_string()
}

/// As SendGrid writes it: the body ends in a line break, and is signed with it.
fn body() -> String {
    format!("[{}]\r\n", event("delivered", &json!({})))
}

#[test]
fn what_sendgrid_signed_is_taken_and_what_was_changed_since_is_not() {
    let signer = Signer::new();
    let plugin = guarded(&signer);
    let request = signer.request(&body(), &RECEIVED.to_string());
    assert_eq!(plugin.parse_webhook(&request).unwrap().len(), 1);

    let mut written_anew = request.clone();
    written_anew.body = body().trim_end().to_owned().into();
    let mut redated = request.clone();
    redated.headers[1].1 = (RECEIVED + 1).to_string();
    let mut garbled = request.clone();
    garbled.headers[0].1 = "not base64!".to_owned();
    let stranger = Signer::new().request(&body(), &RECEIVED.to_string());
    for changed in [written_anew, redated, garbled, stranger] {
        refused(&plugin, &changed);
    }
}

#[test]
fn while_a_key_is_replaced_both_count() {
    let (old, new) = (Signer::new(), Signer::new());
    let keys = json!([old.public_key(), new.public_key()]);
    let plugin = plugin_with(NOWHERE, json!({ "webhook_public_keys": keys }));
    for signer in [old, new] {
        let request = signer.request(&body(), &RECEIVED.to_string());
        assert_eq!(plugin.parse_webhook(&request).unwrap().len(), 1);
    }
    let stranger = Signer::new().request(&body(), &RECEIVED.to_string());
    refused(&plugin, &stranger);
}

#[test]
fn a_missing_header_is_named() {
    let signer = Signer::new();
    let plugin = guarded(&signer);
    for (place, name) in [(0, "Signature"), (1, "Timestamp")] {
        let mut request = signer.request(&body(), &RECEIVED.to_string());
        request.headers.remove(place);
        let says = refused(&plugin, &request);
        assert!(says.contains(&format!("Webhook-{name}`")), "{says}");
    }
}

#[test]
fn an_old_signature_counts_for_a_day_and_in_a_replay_for_ever() {
    let signer = Signer::new();
    let plugin = guarded(&signer);
    let signed = |age: i64| signer.request(&body(), &(RECEIVED - age).to_string());
    for fresh in [0, 60, DAY, -60] {
        assert!(plugin.parse_webhook(&signed(fresh)).is_ok(), "{fresh}");
    }
    for stale in [DAY + 1, -DAY - 1] {
        let says = refused(&plugin, &signed(stale));
        assert!(says.contains("webhook_max_age_s"), "{says}");
    }
    let mut again = signed(400 * DAY);
    again.replay = true;
    assert!(plugin.parse_webhook(&again).is_ok());
    refused(&plugin, &signer.request(&body(), "soon"));

    let further = json!({ "webhook_public_keys": [signer.public_key()], "webhook_max_age_s": 60 });
    let strict = plugin_with(NOWHERE, further);
    refused(&strict, &signed(61));
}

#[test]
fn a_replay_is_still_a_signed_one() {
    let plugin = guarded(&Signer::new());
    let mut unsigned = request(&body());
    unsigned.replay = true;
    refused(&plugin, &unsigned);
}
