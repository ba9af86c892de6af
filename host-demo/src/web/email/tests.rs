//! The JSON form, read the way Postmark's clients rely on.

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
fn fields_of_a_wrong_type_are_named_all_at_once() {
    let refusal = read(json!({
        "From": 1, "TrackOpens": "yes", "TrackLinks": "Some", "Headers": [{ "Name": 5 }], "Attachments": ["a"],
    }))
    .unwrap_err();
    assert_eq!((refusal.status.as_u16(), refusal.code), (422, 403));
    assert_eq!(
        refusal.message,
        "Invalid request field(s): 'From', 'TrackOpens', 'TrackLinks', 'Headers[0].Name', 'Attachments[0]'."
    );
}

#[test]
fn addresses_are_refused_in_postmarks_words() {
    for (field, text, expected) in [
        (
            "To",
            "nobody@localhost",
            "Invalid 'To' address: 'nobody@localhost'.",
        ),
        (
            "From",
            "nobody@localhost",
            "Invalid 'From' address: 'nobody@localhost'.",
        ),
        (
            "From",
            "a@example.com, b@example.com",
            "Invalid 'From' address: 'a@example.com, b@example.com'.",
        ),
        (
            "To",
            "Doe, Jane <jane@example.com>",
            "Error parsing 'To': Illegal email address 'Doe'. It must contain the '@' symbol.",
        ),
        (
            "To",
            "\"Jane <jane@example.com>",
            "Error parsing 'To': Unclosed quoted string",
        ),
        ("To", "", "Zero recipients specified"),
    ] {
        let refusal = read(json!({ field: text })).unwrap_err();
        assert_eq!(
            (
                refusal.status.as_u16(),
                refusal.code,
                refusal.message.as_str()
            ),
            (422, 300, expected)
        );
    }
    let refusal = read(json!({ "ReplyTo": "user@+@x" })).unwrap_err();
    assert!(
        refusal
            .message
            .starts_with("Error parsing 'Reply-To': Illegal email address 'user@+@x'"),
        "{refusal:?}"
    );
}

#[test]
fn what_could_not_be_sent_is_refused_with_300_and_its_field() {
    let many_pairs: Value = (0..11)
        .map(|n| (format!("k{n}"), json!("v")))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let many_people = vec!["x@example.com"; 50].join(",");
    for (changes, expected) in [
        (
            json!({ "TextBody": "" }),
            "Provide either email TextBody or HtmlBody or both.",
        ),
        (json!({ "Cc": many_people }), "50 recipients"),
        (json!({ "Subject": "a\r\nBcc: x@example.com" }), "'Subject'"),
        (json!({ "Subject": "😀".repeat(1001) }), "'Subject'"),
        (json!({ "Tag": "t".repeat(1001) }), "'Tag'"),
        (
            json!({ "From": format!("{} <a@example.com>", "n".repeat(250)) }),
            "'From'",
        ),
        (
            json!({ "HtmlBody": "h".repeat(5 * 1024 * 1024 + 1) }),
            "'HtmlBody'",
        ),
        (
            json!({ "Headers": [{ "Name": "X A", "Value": "" }] }),
            "'Headers[0].Name'",
        ),
        (
            json!({ "Headers": [{ "Name": "X-A", "Value": "1\r\n2" }] }),
            "'Headers[0].Value'",
        ),
        (
            json!({ "Metadata": many_pairs }),
            "Invalid metadata content. Only 10",
        ),
        (
            json!({ "Metadata": { "k".repeat(21): "" } }),
            "Invalid metadata content. Field names are limited",
        ),
        (
            json!({ "Metadata": { "k": "v".repeat(81) } }),
            "Invalid metadata content. Field values are limited",
        ),
        (
            json!({ "Metadata": { "k": "1", "K": "2" } }),
            "Invalid metadata content. Field names must differ",
        ),
        (
            json!({ "Metadata": { "k": {} } }),
            "Invalid metadata content. Field 'k' must be a string.",
        ),
        (
            json!({ "Attachments": [{ "Content": "" }] }),
            "'Attachments[0].Name'",
        ),
        (
            json!({ "Attachments": [{ "Name": "a", "Content": "%%" }] }),
            "'Attachments[0].Content'",
        ),
        (json!({ "TrackingId": "17" }), "Invalid 'TrackingId'"),
        (json!({ "LeadUID": "l".repeat(81) }), "Invalid 'LeadUID'"),
        (
            json!({ "LeadUID": "1", "Metadata": { "leaduid": "2" } }),
            "Invalid 'LeadUID'",
        ),
    ] {
        let refusal = read(changes).unwrap_err();
        assert_eq!(
            (refusal.status.as_u16(), refusal.code),
            (422, 300),
            "{refusal:?}"
        );
        assert!(refusal.message.contains(expected), "{refusal:?}");
    }
}

#[test]
fn a_message_over_ten_megabytes_is_refused_by_its_encoded_size() {
    let content = "A".repeat(10 * 1024 * 1024);
    let refusal =
        read(json!({ "Attachments": [{ "Name": "a", "Content": content }] })).unwrap_err();
    assert!(refusal.message.contains("10 MB"), "{refusal:?}");
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
