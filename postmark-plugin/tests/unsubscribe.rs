//! Callbacks become unsubscribes: by whom, why, and which way.

use plugin_api::serde_json::json;
use plugin_api::{
    SuppressionOrigin, SuppressionReason, Unsubscribe, UnsubscribeHandler as _, WebhookErrorKind,
};

use crate::common::{TRACKING_ID, plugin};
use crate::webhook::{BOUNCE, CHANGE, REACTIVATION, RECEIVED, at, changed, request};

fn unsubscribe_of(body: &str) -> Unsubscribe {
    let plugin = plugin("http://127.0.0.1:1");
    let mut found = plugin.process_unsubscribe(&request(body)).unwrap().unwrap();
    assert_eq!(found.len(), 1);
    found.remove(0)
}

#[test]
fn a_persons_unsubscribe_names_message_person_stream_and_account() {
    let found = unsubscribe_of(CHANGE);
    assert!(found.suppress);
    assert_eq!(found.reason, SuppressionReason::Unsubscribed);
    assert_eq!(found.origin, SuppressionOrigin::Recipient);
    assert_eq!(found.tracking_id.unwrap().to_string(), TRACKING_ID);
    assert_eq!(found.account_uid.as_deref(), Some("account-1"));
    assert_eq!(found.recipient.as_deref(), Some("ann@example.com"));
    assert_eq!(found.stream.as_deref(), Some("broadcast"));
    assert_eq!(found.at, at("2026-03-02T18:40:10.5550001Z"));
    assert_eq!(found.event_id.as_deref(), Some("trace-1"));
}

#[test]
fn a_reactivation_is_never_taken_for_an_unsubscribe() {
    let found = unsubscribe_of(REACTIVATION);
    assert!(!found.suppress);
    assert_eq!(found.reason, SuppressionReason::Other);
    assert_eq!((found.tracking_id, found.account_uid), (None, None));
    let no_reason = changed(
        REACTIVATION,
        &json!({ "Origin": "Customer", "SuppressSending": "False" }),
    );
    let found = unsubscribe_of(&no_reason);
    assert_eq!(
        (found.suppress, found.origin),
        (false, SuppressionOrigin::Customer)
    );
}

#[test]
fn every_reason_and_origin_is_read() {
    for (reason, expected) in [
        ("ManualSuppression", SuppressionReason::Unsubscribed),
        ("HardBounce", SuppressionReason::HardBounce),
        ("SpamComplaint", SuppressionReason::Complaint),
        ("Quantum", SuppressionReason::Other),
    ] {
        let body = changed(CHANGE, &json!({ "SuppressionReason": reason }));
        assert_eq!(unsubscribe_of(&body).reason, expected);
    }
    for (origin, expected) in [
        ("Recipient", SuppressionOrigin::Recipient),
        ("Customer", SuppressionOrigin::Customer),
        ("Admin", SuppressionOrigin::Admin),
        ("Quantum", SuppressionOrigin::Unknown),
    ] {
        let body = changed(CHANGE, &json!({ "Origin": origin }));
        assert_eq!(unsubscribe_of(&body).origin, expected);
    }
}

#[test]
fn an_unreadable_time_loses_nobodys_wish() {
    for time in [json!(null), json!("soon")] {
        let found = unsubscribe_of(&changed(CHANGE, &json!({ "ChangedAt": time })));
        assert_eq!(found.at, at(RECEIVED));
    }
}

#[test]
fn a_change_that_does_not_say_which_way_is_malformed_and_names_the_field() {
    let body = changed(CHANGE, &json!({ "SuppressSending": null }));
    let plugin = plugin("http://127.0.0.1:1");
    let error = plugin.process_unsubscribe(&request(body)).unwrap_err();
    assert_eq!(error.kind, WebhookErrorKind::Malformed);
    assert!(error.to_string().contains("`SuppressSending`"), "{error}");
}

#[test]
fn the_crms_own_payload_is_read_and_other_requests_are_not_mine() {
    let payload = json!({ "accountGuid": TRACKING_ID, "trackingGuid": TRACKING_ID, "unsubscribed": "2026-03-02T14:15:42Z" });
    let found = unsubscribe_of(&payload.to_string());
    assert_eq!(found.tracking_id.unwrap().to_string(), TRACKING_ID);
    let plugin = plugin("http://127.0.0.1:1");
    for body in [
        BOUNCE,
        include_str!("fixtures/inbound.json"),
        "",
        "[]",
        "not json",
    ] {
        assert_eq!(plugin.process_unsubscribe(&request(body)).unwrap(), None);
    }
}
