//! What SendGrid does not take is refused before anything is sent.

use plugin_api::serde_json::Map;
use plugin_api::{
    Attachment, EmailProvider as _, MessageBuilder, SendError, SendErrorKind, Template, TrackLinks,
};

use crate::common::wire::Wire;
use crate::common::{blank, context, mailbox, plugin, small};

/// Why a message is refused; nothing may have been sent.
async fn refusal(message: MessageBuilder) -> SendError {
    let wire = Wire::start([]).await;
    let plugin = plugin(&wire.base_url());
    let message = message.build().unwrap();
    let error = plugin.send(&message, &context()).await.unwrap_err();
    assert!(wire.requests().is_empty(), "{error} came after a request");
    error
}

fn crowd(people: usize) -> MessageBuilder {
    (1..people).fold(small(), |all, person| {
        all.cc(mailbox(&format!("p{person}@example.com")))
    })
}

#[tokio::test]
async fn every_limit_is_refused_before_sending_with_the_name_of_the_field() {
    let to_ann = || blank().to(mailbox("ann@example.com"));
    let model = Map::new();
    let template = || Template::by_alias("d-1", &model);
    let file = |name: &str, size: usize| Attachment::new(name, "text/plain", vec![b'x'; size]);
    for (what, message) in [
        ("To", crowd(1001)),
        ("To", blank().cc(mailbox("ann@example.com")).text_body("Hi")),
        ("To[1]", small().to(mailbox("zoë@example.com"))),
        ("From", small().from(mailbox("zoë@example.com"))),
        ("Subject", small().subject("")),
        ("HtmlBody", to_ann()),
        ("HtmlBody", to_ann().html_body("").text_body("")),
        ("Tag", small().tag("t".repeat(256))),
        ("Metadata", small().metadata("key", "v".repeat(10_000))),
        (
            "Headers[0].Name",
            small().header("Reply-To", "a@example.com"),
        ),
        (
            "Headers[1].Name",
            small().header("X-A", "1").header("x-a", "2"),
        ),
        ("TrackLinks", small().track_links(TrackLinks::TextOnly)),
        ("Template", small().template(template())),
        ("Template", to_ann().template(template())),
        (
            "Template",
            to_ann().subject("").template(Template::by_id(7, &model)),
        ),
        ("Attachments[0].Name", small().add_attachment(file(" ", 1))),
        (
            "Attachments",
            small().add_attachment(file("a.txt", 22_600_000)),
        ),
        ("Attachments", small().html_body("x".repeat(30_000_000))),
    ] {
        let error = refusal(message).await;
        let expected = SendErrorKind::Unsupported {
            what: what.to_owned(),
        };
        assert_eq!(error.kind, expected, "{error}");
        assert!(error.to_string().contains(what), "{error}");
    }
}

#[tokio::test]
async fn what_no_service_takes_is_the_message_s_fault() {
    for (field, message) in [
        ("Headers[0].Name", small().header("X A", "1")),
        ("Metadata[0].Name", small().metadata("", "1")),
    ] {
        let error = refusal(message).await;
        let field = Some(field.to_owned());
        assert_eq!(error.kind, SendErrorKind::InvalidMessage { field });
    }
}

#[tokio::test]
async fn what_just_fits_is_sent() {
    let template = Template::by_alias("d-1", &Map::new());
    for message in [
        crowd(1000),
        small().tag("t".repeat(255)),
        small().metadata("key", "v".repeat(9_900)),
        blank()
            .subject("")
            .to(mailbox("ann@example.com"))
            .template(template),
    ] {
        let wire = Wire::start([crate::common::accepted("abc")]).await;
        let message = message.build().unwrap();
        let plugin = plugin(&wire.base_url());
        plugin.send(&message, &context()).await.unwrap();
    }
}
