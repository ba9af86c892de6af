//! What arrives at the server, read by somebody else's parser.

use mail_parser::{MessageParser, MimeHeaders as _};
use plugin_api::{Attachment, Message, SendErrorKind, Template};

use crate::common::{
    TRACKING_ID, blank, mailbox, message, plugin, plugin_with, refused, send, server,
};

/// The content of a message as the server got it.
async fn content(message: &Message) -> String {
    let server = server().await;
    send(&plugin(&server), message).await.unwrap();
    server.accepted().remove(0).content
}

fn parsed(content: &str) -> mail_parser::Message<'_> {
    MessageParser::new().parse(content.as_bytes()).unwrap()
}

async fn unsupported(message: &Message) -> String {
    let server = server().await;
    match refused(&plugin(&server), message).await.kind {
        SendErrorKind::Unsupported { what } => what,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn every_field_arrives() {
    let message = blank()
        .from(
            mailbox("sales@example.com")
                .named("Sälés, \"the\" <team>")
                .unwrap(),
        )
        .to(mailbox("ann@example.com").named("Lee, Ann").unwrap())
        .cc(mailbox("bob@example.com"))
        .reply_to(mailbox("r1@example.com"))
        .reply_to(mailbox("r2@example.com"))
        .subject("Grüße aus 世界 ".repeat(30).trim())
        .text_body("Hällo\n.\n.dot\r\nend")
        .html_body("<p>Hällo</p>")
        .header("X-One", "first")
        .header("x-one", "second")
        .header("List-Unsubscribe", "<https://mail.example.com/u/token>")
        .metadata("Colour", "röd")
        .tag("welcome")
        .lead_uid("lead-1")
        .build()
        .unwrap();
    let content = content(&message).await;
    let mail = parsed(&content);
    let from = mail.from().unwrap().first().unwrap();
    assert_eq!(
        (from.name(), from.address()),
        (Some("Sälés, \"the\" <team>"), Some("sales@example.com"))
    );
    let to = mail.to().unwrap().first().unwrap();
    assert_eq!(
        (to.name(), to.address()),
        (Some("Lee, Ann"), Some("ann@example.com"))
    );
    assert_eq!(
        mail.cc().unwrap().first().unwrap().address(),
        Some("bob@example.com")
    );
    assert_eq!(mail.reply_to().unwrap().iter().count(), 2);
    assert_eq!(mail.subject(), Some(message.subject()));
    assert_eq!(
        mail.body_text(0).unwrap().trim_end().replace("\r\n", "\n"),
        "Hällo\n.\n.dot\nend"
    );
    assert_eq!(mail.body_html(0).unwrap().trim_end(), "<p>Hällo</p>");
    assert_eq!(
        mail.message_id(),
        Some(format!("{TRACKING_ID}@example.com").as_str())
    );
    let raw = |name: &str| mail.header_raw(name).map(str::trim).map(str::to_owned);
    assert_eq!(raw("X-Metadata-TrackingId").unwrap(), TRACKING_ID);
    assert_eq!(raw("X-Metadata-LeadUID").unwrap(), "lead-1");
    assert_eq!(raw("X-Tag").unwrap(), "welcome");
    assert_eq!(
        raw("List-Unsubscribe").unwrap(),
        "<https://mail.example.com/u/token>"
    );
    assert!(
        raw("X-Metadata-Colour").unwrap().starts_with("=?utf-8?"),
        "{content}"
    );
    let ones: Vec<&str> = content
        .lines()
        .filter(|line| line.to_lowercase().starts_with("x-one: "))
        .collect();
    assert_eq!(ones, ["x-one: second", "X-One: first"]);
    assert!(mail.date().is_some() && content.is_ascii());
}

#[tokio::test]
async fn files_arrive_byte_for_byte_and_images_stand_beside_the_html() {
    let bytes: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    let message = blank()
        .to(mailbox("ann@example.com"))
        .text_body("Hi")
        .html_body("<img src=\"cid:logo\">")
        .add_attachment(Attachment::new(
            "Prüfung \"1\".pdf",
            "application/pdf",
            bytes.clone(),
        ))
        .add_attachment(Attachment::new("logo.png", "image/png", vec![1, 2, 3]).inline("logo"))
        .add_attachment(Attachment::new("a.txt", "", "a\nb\r\nc\r.\n"))
        .build()
        .unwrap();
    let content = content(&message).await;
    let mail = parsed(&content);
    let file = |name: &str| {
        mail.parts
            .iter()
            .find(|part| part.attachment_name() == Some(name))
            .unwrap()
    };
    assert_eq!(file("Prüfung \"1\".pdf").contents(), bytes);
    assert_eq!(file("a.txt").contents(), b"a\nb\r\nc\r.\n");
    assert_eq!(
        file("a.txt").content_type().unwrap().subtype(),
        Some("octet-stream")
    );
    assert_eq!(file("logo.png").content_id(), Some("logo"));
    let kinds: Vec<_> = mail
        .parts
        .iter()
        .filter_map(|part| part.content_type())
        .filter(|kind| kind.ctype() == "multipart")
        .filter_map(|kind| kind.subtype())
        .collect();
    assert_eq!(kinds, ["mixed", "alternative", "related"]);
}

#[tokio::test]
async fn each_body_alone_and_none_at_all_are_messages() {
    let to_ann = || blank().to(mailbox("ann@example.com"));
    let html = content(&to_ann().html_body("<p>Hi</p>").build().unwrap()).await;
    assert!(
        html.contains("Content-Type: text/html; charset=utf-8\r\n"),
        "{html}"
    );
    let text = content(&to_ann().text_body("Hi").build().unwrap()).await;
    assert!(text.ends_with("\r\n\r\nHi\r\n"), "{text}");
    let none = content(&to_ann().build().unwrap()).await;
    assert_eq!(parsed(&none).body_text(0).unwrap().trim(), "");
}

#[tokio::test]
async fn a_message_for_bcc_alone_names_nobody() {
    let message = blank()
        .bcc(mailbox("ann@example.com"))
        .text_body("Hi")
        .build()
        .unwrap();
    let content = content(&message).await;
    assert!(
        content.contains("To: undisclosed-recipients:;\r\n"),
        "{content}"
    );
    assert!(!content.contains("ann"), "{content}");
}

#[tokio::test]
async fn the_id_and_its_domain_are_those_of_the_settings() {
    let server = server().await;
    let plugin = plugin_with(
        &server,
        plugin_api::serde_json::json!({ "message_id_domain": "ids.example.net" }),
    );
    let receipt = send(&plugin, &message()).await.unwrap();
    let id = format!("{TRACKING_ID}@ids.example.net");
    assert_eq!(receipt.id.as_str(), id);
    assert_eq!(receipt.note.as_deref(), Some("2.0.0 queued as 4F5A2"));
    assert!(receipt.recipients.is_empty() && receipt.accepted_at.is_none());
    assert!(
        server.accepted()[0]
            .content
            .contains(&format!("Message-ID: <{id}>\r\n"))
    );
}

#[tokio::test]
async fn what_smtp_cannot_carry_is_refused_by_its_field() {
    let to_ann = || blank().to(mailbox("ann@example.com")).text_body("Hi");
    let file = |kind: &str| {
        to_ann()
            .add_attachment(Attachment::new("a", kind, "x"))
            .build()
            .unwrap()
    };
    let templated = Template::by_alias("welcome", &plugin_api::serde_json::Map::new());
    for (message, field) in [
        (to_ann().template(templated).build().unwrap(), "templates"),
        (
            to_ann().header("Message-ID", "<x@y>").build().unwrap(),
            "Headers[0].Name",
        ),
        (
            to_ann()
                .header("X", "1")
                .header("BCC", "eve@example.com")
                .build()
                .unwrap(),
            "Headers[1].Name",
        ),
        (
            to_ann().metadata("two words", "x").build().unwrap(),
            "Metadata[0].Name",
        ),
        (
            to_ann().cc(mailbox("a..b@example.com")).build().unwrap(),
            "Cc[0]",
        ),
        (
            to_ann().header("X-Long", "x".repeat(1200)).build().unwrap(),
            "message",
        ),
        (file("message/rfc822"), "Attachments[0].ContentType"),
        (file("no type"), "Attachments[0].ContentType"),
    ] {
        assert_eq!(unsupported(&message).await, field);
    }
}

#[tokio::test]
async fn what_no_service_carries_is_invalid() {
    let server = server().await;
    let to_ann = || blank().to(mailbox("ann@example.com")).text_body("Hi");
    for (message, field) in [
        (
            to_ann().header("a b", "x").build().unwrap(),
            "Headers[0].Name",
        ),
        (to_ann().header("", "x").build().unwrap(), "Headers[0].Name"),
        (
            to_ann().metadata("", "x").build().unwrap(),
            "Metadata[0].Name",
        ),
        (
            to_ann()
                .metadata("a", "x")
                .metadata("A", "y")
                .build()
                .unwrap(),
            "Metadata[1].Name",
        ),
    ] {
        let field = Some(field.to_owned());
        assert_eq!(
            refused(&plugin(&server), &message).await.kind,
            SendErrorKind::InvalidMessage { field }
        );
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn no_recipient_sees_the_braces_of_a_tag_that_nobody_replaced() {
    let message = blank()
        .to(mailbox("ann@example.com"))
        .text_body("Hi\n\nUnsubscribe: {{{ pm:unsubscribe }}}")
        .html_body("<p>Hi</p><p>{{{pm:unsubscribe}}}</p>");
    let content = content(&message.build().unwrap()).await;
    assert!(
        content.contains("Hi") && !content.contains("{{"),
        "{content}"
    );
}

/// Bodies with half line breaks, NUL and long lines: nothing of them may end the message for some servers and not for others.
#[tokio::test]
async fn no_body_can_smuggle_a_second_message() {
    for text in [
        "a\n.\nMAIL FROM:<x@y>",
        "a\r.\rMAIL FROM:<x@y>",
        "a\r\n.\rMAIL FROM:<x@y>",
        &format!("{}\n.\n", "x".repeat(2000)),
        "ä\r.\r\n",
    ] {
        let message = blank()
            .to(mailbox("ann@example.com"))
            .text_body(text)
            .build()
            .unwrap();
        let content = content(&message).await;
        let without_whole_breaks = content.replace("\r\n", "");
        assert!(!without_whole_breaks.contains(['\r', '\n']), "{text:?}");
        assert!(content.lines().all(|line| line.len() <= 998));
        let arrived = parsed(&content).body_text(0).unwrap().replace("\r\n", "\n");
        let expected = text.replace("\r\n", "\n").replace('\r', "\n");
        assert_eq!(arrived.trim_end(), expected.trim_end());
    }
}
