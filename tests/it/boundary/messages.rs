//! Messages arrive with every field, and receipts come back with every field.

use plugin_api::{
    Attachment, EmailProvider, Extension, Message, Receipt, RecipientOutcome, SendError,
    SendErrorKind, Template, TrackLinks,
};
use plugin_host::ProviderInstance;
use serde_json::{Value, json};

use super::{builder, context, mailbox, message, moment};
use crate::support::hostile;

fn everything() -> Message {
    let model = json!({ "name": "Ann" });
    let named = |address, name: &str| mailbox(address).named(name).expect("a name");
    builder("Grüße \u{1f4e7}")
        .to(named("bob@example.com", "Lee, \"Bob\""))
        .cc(mailbox("cc@example.com"))
        .bcc(mailbox("bcc@example.com"))
        .reply_to(mailbox("answers@example.com"))
        .reply_to(named("more@example.com", "More"))
        .html_body("<p>Hello</p>")
        .text_body("Hello")
        .add_attachment(Attachment::new("a.pdf", "application/pdf", vec![1, 2, 3]))
        .add_attachment(
            Attachment::new("logo.png", "image/png", vec![255; 1000]).inline("cid:logo"),
        )
        .header("X-One", "1")
        .header("X-One", "again")
        .metadata("key", "value")
        .tag("welcome")
        .stream("outbound")
        .track_opens(true)
        .track_links(TrackLinks::HtmlOnly)
        .template(
            Template::by_alias("welcome", model.as_object().expect("an object")).inline_css(false),
        )
        .lead_uid("lead")
        .account_uid("account")
        .user_account_uid("user")
        .unsubscribe_tag(false)
        .extension(Extension::required("test.known", &json!({ "a": [1, 2] })))
        .build()
        .expect("a message")
}

/// What the plugin saw.
fn seen(receipt: &Receipt) -> Value {
    let note = receipt.note.as_deref().expect("the plugin repeats it");
    serde_json::from_str(note).expect("it is JSON")
}

async fn send(provider: &ProviderInstance, message: &Message) -> Receipt {
    let sent = provider.send(message, &context()).await;
    sent.expect("it is accepted")
}

#[tokio::test]
async fn every_field_of_a_message_arrives() {
    let provider = hostile("messages", json!({})).await;
    let context = context()
        .with_attempt(3)
        .with_traceparent(Some("00-4bf92f35-00f067aa-01".to_owned()))
        .with_extension(Extension::optional("test.other", &json!("x")));
    let receipt = provider.send(&everything(), &context).await;
    let expected = json!({
        "from": ["sales@example.com", null],
        "to": [["ann@example.com", null], ["bob@example.com", "Lee, \"Bob\""]],
        "cc": [["cc@example.com", null]],
        "bcc": [["bcc@example.com", null]],
        "reply_to": [["answers@example.com", null], ["more@example.com", "More"]],
        "subject": "Grüße \u{1f4e7}",
        "html_body": "<p>Hello</p>",
        "text_body": "Hello",
        "attachments": [
            { "name": "a.pdf", "content_type": "application/pdf", "content_id": null, "bytes": 3, "sum": 6 },
            { "name": "logo.png", "content_type": "image/png", "content_id": "logo", "bytes": 1000, "sum": 255_000 },
        ],
        "headers": [["X-One", "1"], ["X-One", "again"]],
        "metadata": [["key", "value"]],
        "tag": "welcome",
        "stream": "outbound",
        "track_opens": true,
        "track_links": "HtmlOnly",
        "template": { "id": null, "alias": "welcome", "model": "{\"name\":\"Ann\"}", "inline_css": false },
        "lead_uid": "lead",
        "account_uid": "account",
        "user_account_uid": "user",
        "tracking_id": "07070707-0707-0707-0707-070707070707",
        "unsubscribe_tag": false,
        "extension": "{\"a\":[1,2]}",
        "context": {
            "attempt": 3,
            "traceparent": "00-4bf92f35-00f067aa-01",
            "soft_before_hard": true,
            "extensions": [["test.other", "\"x\"", false]],
        },
    });
    assert_eq!(seen(&receipt.expect("it is accepted")), expected);
}

#[tokio::test]
async fn what_is_not_said_arrives_as_not_said() {
    let provider = hostile("messages", json!({})).await;
    let seen = seen(&send(&provider, &message("hello")).await);
    for field in [
        "html_body",
        "text_body",
        "tag",
        "stream",
        "track_opens",
        "track_links",
        "template",
        "lead_uid",
        "account_uid",
        "user_account_uid",
        "extension",
    ] {
        assert_eq!(seen[field], Value::Null, "{field}");
    }
    for field in [
        "cc",
        "bcc",
        "reply_to",
        "attachments",
        "headers",
        "metadata",
    ] {
        assert_eq!(seen[field], json!([]), "{field}");
    }
    assert_eq!(seen["unsubscribe_tag"], true);
    assert_eq!(seen["context"]["traceparent"], Value::Null);
}

#[tokio::test]
async fn a_masked_recipient_is_not_seen_by_the_plugin() {
    let provider = hostile("messages", json!({})).await;
    let fewer =
        everything().only_to(|address| !address.starts_with("ann@") && !address.starts_with("cc@"));
    let seen = seen(&send(&provider, &fewer).await);
    assert_eq!(seen["to"], json!([["bob@example.com", "Lee, \"Bob\""]]));
    assert_eq!(seen["cc"], json!([]));
    assert_eq!(seen["bcc"], json!([["bcc@example.com", null]]));
}

#[tokio::test]
async fn every_field_of_a_receipt_comes_back() {
    let provider = hostile("messages", json!({})).await;
    let receipt = send(&provider, &everything()).await;
    assert_eq!(
        receipt.id.as_str(),
        "echo-07070707-0707-0707-0707-070707070707"
    );
    assert_eq!(receipt.accepted_at, Some(moment()));
    let outcomes: Vec<_> = receipt
        .recipients
        .iter()
        .map(|result| (result.address.as_str(), result.outcome))
        .collect();
    assert_eq!(
        outcomes,
        [
            ("ann@example.com", RecipientOutcome::Accepted),
            ("bob@example.com", RecipientOutcome::Suppressed),
            ("cc@example.com", RecipientOutcome::Rejected),
            ("bcc@example.com", RecipientOutcome::Deferred),
        ]
    );
    let details = receipt
        .recipients
        .iter()
        .map(|result| result.detail.as_deref());
    let words = ["Accepted", "Suppressed", "Rejected", "Deferred"];
    assert!(details.eq(words.map(Some)));
    let id = receipt.recipients[1].id.as_ref().expect("an id");
    assert_eq!(id.as_str(), "copy-Suppressed");
    assert_eq!(receipt.duplicates.len(), 1);
    assert_eq!(receipt.duplicates[0].as_str(), "echo-twin");
}

#[tokio::test]
async fn a_batch_comes_back_in_its_order() {
    let provider = hostile("messages", json!({})).await;
    let messages = ["one", "error-invalid", "three"].map(message);
    let results = provider.send_batch(&messages, &context()).await;
    let [one, two, three] = &results[..] else {
        panic!("{} results", results.len());
    };
    let subject = |result: &Result<Receipt, SendError>| {
        let receipt = result.as_ref().expect("it is accepted");
        seen(receipt)["subject"].clone()
    };
    assert_eq!(
        (subject(one), subject(three)),
        (json!("one"), json!("three"))
    );
    let refused = two.as_ref().expect_err("it is refused");
    assert!(matches!(refused.kind, SendErrorKind::InvalidMessage { .. }));
}

#[tokio::test]
async fn what_a_batch_does_not_answer_is_in_doubt_and_what_it_adds_is_ignored() {
    let messages = ["one", "two", "three"].map(message);
    let provider = hostile("messages", json!({ "send_batch": "too-few" })).await;
    let results = provider.send_batch(&messages, &context()).await;
    assert_eq!(results.len(), 3);
    assert!(results[0].is_ok());
    for result in &results[1..] {
        let error = result.as_ref().expect_err("nothing is known");
        assert_eq!(error.kind, SendErrorKind::InDoubt);
        assert_eq!(error.message, "the plugin gave fewer results than messages");
    }
    let provider = hostile("messages", json!({ "send_batch": "too-many" })).await;
    let results = provider.send_batch(&messages, &context()).await;
    assert_eq!(results.len(), 3);
    assert!(results.iter().all(Result::is_ok));
    let none = provider.send_batch(&[], &context()).await;
    assert!(none.is_empty());
}
