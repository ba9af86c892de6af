//! What Postmark does not take is refused before anything is sent.

use plugin_api::serde_json::Map;
use plugin_api::{
    Attachment, EmailProvider as _, MessageBuilder, SendError, SendErrorKind, Template,
};

use crate::common::wire::Wire;
use crate::common::{context, mailbox, plugin};
use crate::message::{named, posted, small, to_ann};

/// Why a message is refused; nothing may have been sent.
pub(crate) async fn refusal(message: MessageBuilder) -> SendError {
    let wire = Wire::start([]).await;
    let plugin = plugin(&wire.base_url());
    let error = plugin
        .send(&message.build().unwrap(), &context())
        .await
        .unwrap_err();
    assert!(wire.requests().is_empty(), "{error} came after a request");
    error
}

#[tokio::test]
async fn every_limit_is_refused_before_sending_with_the_name_of_the_field() {
    const MB: usize = 1024 * 1024;
    let file = |name: &str, size: usize| Attachment::new(name, "text/plain", vec![b'x'; size]);
    let crowd =
        |count: usize| (1..count).fold(small(), |all, _| all.cc(mailbox("ann@example.com")));
    for (what, message) in [
        ("To", crowd(51)),
        (
            "From",
            small().from(named("sales@example.com", &"n".repeat(250))),
        ),
        ("Subject", small().subject("😀".repeat(1001))),
        ("Tag", small().tag("t".repeat(1001))),
        ("HtmlBody", small().html_body("h".repeat(5 * MB + 1))),
        ("TextBody", small().text_body("t".repeat(5 * MB + 1))),
        ("HtmlBody", to_ann()),
        ("HtmlBody", to_ann().html_body("").text_body("")),
        (
            "Template",
            small().template(Template::by_id(1, &Map::new())),
        ),
        (
            "Template",
            to_ann().template(Template::by_id(1, &Map::new())),
        ),
        (
            "Metadata[0].Name",
            small().metadata("k".repeat(21), "value"),
        ),
        ("Metadata[0].Value", small().metadata("key", "v".repeat(81))),
        (
            "Metadata[1].Name",
            small().metadata("key", "1").metadata("KEY", "2"),
        ),
        ("LeadUID", small().lead_uid("l".repeat(81))),
        (
            "Headers[0].Name",
            small().header("Reply-To", "desk@example.com"),
        ),
        (
            "Headers[1].Name",
            small().header("X-A", "1").header("DATE", "today"),
        ),
        ("Attachments[0].Name", small().add_attachment(file("", 1))),
        (
            "Attachments[1].Name",
            small()
                .add_attachment(file("a.txt", 1))
                .add_attachment(file("Run.ExE", 1)),
        ),
        (
            "Attachments[0].Name",
            small().add_attachment(file("run.exe. .", 1)),
        ),
        (
            "Attachments",
            small().add_attachment(file("a.txt", 7 * MB + MB / 2)),
        ),
        (
            "Attachments",
            small()
                .add_attachment(file("a.txt", 6 * MB))
                .html_body("h".repeat(3 * MB)),
        ),
    ] {
        assert_unsupported(&refusal(message).await, what);
    }
    for (field, message) in [
        ("Headers[0].Name", small().header("X A", "1")),
        ("Headers[0].Name", small().header("", "1")),
        ("Metadata[0].Name", small().metadata("", "value")),
    ] {
        let error = refusal(message).await;
        let expected = SendErrorKind::InvalidMessage {
            field: Some(field.to_owned()),
        };
        assert_eq!(error.kind, expected, "{error}");
    }
}

#[tokio::test]
async fn what_just_keeps_the_limits_is_sent() {
    const MB: usize = 1024 * 1024;
    // 7.5 MB in base64 are 10 MB, less what the body needs.
    let file = Attachment::new("a.zip", "application/zip", vec![b'x'; 7 * MB + MB / 2 - 12]);
    let message = (1..50)
        .fold(small(), |all, _| all.bcc(mailbox("ann@example.com")))
        .subject("😀".repeat(1000))
        .tag("t".repeat(1000))
        .metadata("k".repeat(20), "ü".repeat(80))
        .add_attachment(file)
        .add_attachment(Attachment::new("exe", "text/plain", Vec::new()));
    let body = posted(message).await;
    assert_eq!(
        body["Attachments"][0]["Content"].as_str().unwrap().len(),
        10 * MB - 16
    );
}

pub(crate) fn assert_unsupported(error: &SendError, what: &str) {
    let expected = SendErrorKind::Unsupported {
        what: what.to_owned(),
    };
    assert_eq!(error.kind, expected, "{error}");
    assert!(error.to_string().contains(&format!("`{what}`")), "{error}");
}
