//! The JSON form, read the way Postmark's clients rely on.

mod refusals;

use serde_json::{Value, json};

use super::{Draft, Kind};
use crate::web::{Caller, PostmarkError};

const ANYBODY: Caller = Caller { account: None };

fn mail(changes: Value) -> Value {
    let mut mail = json!({ "From": "a@example.com", "To": "b@example.com", "TextBody": "hello" });
    for (field, value) in changes.as_object().unwrap() {
        mail[field] = value.clone();
    }
    mail
}

fn read(changes: Value) -> Result<Draft, PostmarkError> {
    Draft::read(mail(changes), Kind::Plain, &ANYBODY, None)
}

fn accepted(changes: Value) -> Draft {
    read(changes).unwrap()
}

#[test]
fn every_field_reaches_the_message() {
    let draft = accepted(json!({
        "From": "\"Lee, Ann\" <ann@example.com>", "To": "Bob <bob@example.com>, c@example.com", "Cc": "d@example.com",
        "Bcc": "e@example.com", "ReplyTo": "f@example.com, g@example.com", "Subject": "Grüße", "HtmlBody": "<p>hello</p>",
        "Tag": "welcome", "MessageStream": "outbound", "TrackOpens": true, "TrackLinks": "HtmlOnly",
        "Headers": [{ "Name": "X-A", "Value": "1" }, { "Name": "X-A", "Value": "2" }],
        "Metadata": { "colour": "red" },
        "Attachments": [{ "Name": "a.png", "Content": "AAEC", "ContentType": "image/png", "ContentID": "cid:a" }],
        "LeadUID": "lead", "AccountUID": "account", "UserAccountUID": "user",
        "TrackingId": "0B9D3F2E-6A0E-4B52-8A53-5D0C1B9F7E21",
    }));
    let message = draft.message;
    assert_eq!(
        draft.to.as_deref(),
        Some("Bob <bob@example.com>, c@example.com")
    );
    assert_eq!(message.from().name(), Some("Lee, Ann"));
    let addresses: Vec<&str> = message
        .recipients()
        .map(plugin_api::Mailbox::address)
        .collect();
    assert_eq!(
        addresses,
        [
            "bob@example.com",
            "c@example.com",
            "d@example.com",
            "e@example.com"
        ]
    );
    assert_eq!(message.reply_to().len(), 2);
    assert_eq!(message.subject(), "Grüße");
    assert_eq!(
        (message.html_body(), message.text_body()),
        (Some("<p>hello</p>"), Some("hello"))
    );
    assert_eq!(
        (message.tag(), message.stream()),
        (Some("welcome"), Some("outbound"))
    );
    assert_eq!(message.track_opens(), Some(true));
    assert_eq!(
        message.track_links(),
        Some(plugin_api::TrackLinks::HtmlOnly)
    );
    assert_eq!(
        message.headers().collect::<Vec<_>>(),
        [("X-A", "1"), ("X-A", "2")]
    );
    assert_eq!(message.metadata().collect::<Vec<_>>(), [("colour", "red")]);
    let file = &message.attachments()[0];
    assert_eq!(
        (file.name(), file.content_type(), file.content()),
        ("a.png", "image/png", &[0, 1, 2][..])
    );
    assert_eq!(file.content_id(), Some("a"));
    assert_eq!(
        (message.lead_uid(), message.account_uid()),
        (Some("lead"), Some("account"))
    );
    assert_eq!(message.user_account_uid(), Some("user"));
    assert_eq!(
        message.tracking_id().to_string(),
        "0b9d3f2e-6a0e-4b52-8a53-5d0c1b9f7e21"
    );
}

#[test]
fn null_is_absent_and_unknown_fields_are_ignored() {
    let message = accepted(
        json!({ "Cc": null, "Tag": null, "Metadata": null, "Attachments": null, "Colour": 3 }),
    )
    .message;
    assert_eq!(message.recipients().count(), 1);
    assert_eq!((message.tag(), message.metadata().count()), (None, 0));
}

#[test]
fn an_id_of_the_crm_may_be_a_whole_number_that_keeps_every_digit() {
    let lead = |id: Value| read(json!({ "LeadUID": id }));
    let accepted = lead(json!(u64::MAX)).unwrap();
    assert_eq!(accepted.message.lead_uid(), Some("18446744073709551615"));
    // A reader of JSON keeps sixteen digits of these: two leads would become one.
    for rounded in ["123456789012345678901", "1.5", "1e3"] {
        let refusal = lead(serde_json::from_str(rounded).unwrap()).unwrap_err();
        assert_eq!(refusal.code, 403, "{rounded}: {}", refusal.message);
        assert!(refusal.message.contains("'LeadUID'"), "{}", refusal.message);
    }
}

#[test]
fn numbers_and_booleans_in_metadata_become_text() {
    let message =
        accepted(json!({ "Metadata": { "n": 7, "b": true, "f": 1.5, "none": null } })).message;
    let pairs: Vec<_> = message.metadata().collect();
    assert_eq!(pairs, [("b", "true"), ("f", "1.5"), ("n", "7")]);
}

#[test]
fn the_crm_ids_are_found_in_metadata_in_any_letter_case() {
    let message = accepted(json!({
        "leaduid": "lead",
        "Metadata": { "ACCOUNTUID": "{0B9D3F2E-6A0E-4B52-8A53-5D0C1B9F7E21}", "userAccountUid": 12, "colour": "red",
                      "trackingid": "0b9d3f2e6a0e4b528a535d0c1b9f7e22" },
    }))
    .message;
    assert_eq!(message.lead_uid(), Some("lead"));
    assert_eq!(
        message.account_uid(),
        Some("0b9d3f2e-6a0e-4b52-8a53-5d0c1b9f7e21")
    );
    assert_eq!(message.user_account_uid(), Some("12"));
    assert_eq!(
        message.tracking_id().to_string(),
        "0b9d3f2e-6a0e-4b52-8a53-5d0c1b9f7e22"
    );
    assert_eq!(message.metadata().collect::<Vec<_>>(), [("colour", "red")]);
}

#[test]
fn a_message_without_a_tracking_id_gets_a_new_one_each_time() {
    let ids = [accepted(json!({})), accepted(json!({}))].map(|draft| draft.message.tracking_id());
    assert_ne!(ids[0], ids[1]);
}

#[test]
fn an_idempotency_key_names_the_same_message_again_within_its_account() {
    let id = |account: &str, key| {
        let mail = mail(json!({ "AccountUID": account }));
        Draft::read(mail, Kind::Plain, &ANYBODY, Some(key))
            .unwrap()
            .message
            .tracking_id()
    };
    assert_eq!(id("a", "order-1"), id("a", "order-1"));
    assert_ne!(id("a", "order-1"), id("a", "order-2"));
    assert_ne!(id("a", "order-1"), id("b", "order-1"));
}

#[test]
fn a_token_bound_to_an_account_fills_it_in_and_refuses_another() {
    let bound = Caller {
        account: Some("a".into()),
    };
    let read = |changes| Draft::read(mail(changes), Kind::Plain, &bound, None);
    assert_eq!(read(json!({})).unwrap().message.account_uid(), Some("a"));
    let refusal = read(json!({ "AccountUID": "b" })).unwrap_err();
    assert!(refusal.message.contains("'AccountUID'"), "{refusal:?}");
}

#[test]
fn a_template_is_named_by_number_before_name() {
    let read = |changes| {
        Draft::read(mail(changes), Kind::Templated, &ANYBODY, None)
            .map(|draft| draft.message.template().cloned())
    };
    let template = read(
        json!({ "TemplateId": 7, "TemplateAlias": "x", "TemplateModel": { "a": 1 }, "TextBody": null }),
    );
    let template = template.unwrap().unwrap();
    assert_eq!(
        (template.id(), template.alias(), template.model()),
        (Some(7), None, "{\"a\":1}")
    );
    assert_eq!(read(json!({ "TemplateModel": {} })).unwrap_err().code, 1101);
}

#[test]
fn a_message_may_wait_for_its_moment() {
    let draft = accepted(json!({ "SendAt": "2026-12-01T10:00:00+01:00" }));
    let moment = draft.send_at.unwrap().to_string();
    assert_eq!(moment, "2026-12-01T09:00:00Z");
    assert_eq!(accepted(json!({ "SendAt": null })).send_at, None);
    let refusal = read(json!({ "SendAt": "tomorrow" })).unwrap_err();
    assert!(refusal.message.contains("SendAt"), "{refusal:?}");
}
