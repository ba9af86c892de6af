//! What the server says it can do is used, and what it cannot is refused with a sentence.

use plugin_api::serde_json::json;
use plugin_api::{Attachment, SendErrorKind};

use crate::common::{
    TRACKING_ID, blank, mailbox, message, message_to, plugin, plugin_with, refused, send, server,
    server_with,
};

fn unsupported(what: &str) -> SendErrorKind {
    let what = what.to_owned();
    SendErrorKind::Unsupported { what }
}

#[tokio::test]
async fn a_message_larger_than_the_server_takes_is_refused_and_the_connection_stays() {
    let server = server_with(&["SIZE 2000"]).await;
    let plugin = plugin(&server);
    let file = Attachment::new("a.bin", "application/octet-stream", vec![7; 2000]);
    let large = blank()
        .to(mailbox("ann@example.com"))
        .add_attachment(file)
        .build()
        .unwrap();
    let error = refused(&plugin, &large).await;
    assert_eq!(error.kind, unsupported("max_message_bytes"));
    assert!(error.to_string().contains("takes 2000"), "{error}");
    send(&plugin, &message()).await.unwrap();
    assert_eq!((server.connections(), server.accepted().len()), (1, 1));
}

#[tokio::test]
async fn the_announced_size_is_that_of_the_content() {
    let server = server().await;
    send(&plugin(&server), &message()).await.unwrap();
    let sent = &server.accepted()[0];
    let size = sent.mail.split("SIZE=").nth(1).unwrap();
    let size: usize = size.split(' ').next().unwrap().parse().unwrap();
    // The final dot begins with the last line's break.
    assert_eq!(size, sent.content.len() - 2);
}

#[tokio::test]
async fn addresses_in_other_scripts_need_smtputf8() {
    let server = server().await;
    let message = message_to(&["zoë@example.com"]);
    send(&plugin(&server), &message).await.unwrap();
    let sent = &server.accepted()[0];
    assert!(
        sent.mail.contains(" BODY=8BITMIME SMTPUTF8"),
        "{}",
        sent.mail
    );
    assert!(sent.recipients[0].starts_with("RCPT TO:<zoë@example.com>"));
    assert!(
        !sent.recipients[0].contains("ORCPT"),
        "{}",
        sent.recipients[0]
    );
    for offers in [&["8BITMIME"][..], &["SMTPUTF8"], &[]] {
        let server = server_with(offers).await;
        let error = refused(&plugin(&server), &message).await;
        assert_eq!(error.kind, unsupported("smtputf8"), "{offers:?}");
        assert!(server.accepted().is_empty());
    }
}

#[tokio::test]
async fn domains_in_other_scripts_and_text_in_any_need_nothing() {
    let server = server_with(&[]).await;
    let message = blank()
        .to(mailbox("ann@müller.example").named("Zoë Müller").unwrap())
        .subject("Grüße, 世界")
        .text_body("Schöne Grüße, 世界")
        .build()
        .unwrap();
    send(&plugin(&server), &message).await.unwrap();
    let sent = &server.accepted()[0];
    assert_eq!(sent.mail, "MAIL FROM:<sales@example.com>");
    assert_eq!(sent.recipients, ["RCPT TO:<ann@xn--mller-kva.example>"]);
    assert!(sent.content.is_ascii(), "{}", sent.content);
}

#[tokio::test]
async fn notifications_are_asked_for_where_they_are_offered() {
    let server = server().await;
    let settings = json!({ "dsn_notify": ["failure", "delay"], "dsn_return": "full", "return_path": "bounces@example.com" });
    send(
        &plugin_with(&server, settings.clone()),
        &message_to(&["ann+news@example.com"]),
    )
    .await
    .unwrap();
    let sent = &server.accepted()[0];
    assert!(
        sent.mail.starts_with("MAIL FROM:<bounces@example.com> "),
        "{}",
        sent.mail
    );
    assert!(
        sent.mail
            .ends_with(&format!(" RET=FULL ENVID={TRACKING_ID}")),
        "{}",
        sent.mail
    );
    assert_eq!(
        sent.recipients,
        ["RCPT TO:<ann+news@example.com> NOTIFY=FAILURE,DELAY ORCPT=rfc822;ann+2Bnews@example.com"]
    );
    let plain = server_with(&[]).await;
    send(&plugin_with(&plain, settings), &message())
        .await
        .unwrap();
    let sent = &plain.accepted()[0];
    assert_eq!(sent.mail, "MAIL FROM:<bounces@example.com>");
    assert_eq!(sent.recipients, ["RCPT TO:<ann@example.com>"]);
}

#[tokio::test]
async fn without_settings_the_server_decides_of_what_it_notifies() {
    let server = server().await;
    send(&plugin(&server), &message()).await.unwrap();
    let sent = &server.accepted()[0];
    assert!(sent.mail.contains(" RET=HDRS "), "{}", sent.mail);
    assert_eq!(
        sent.recipients,
        ["RCPT TO:<ann@example.com> ORCPT=rfc822;ann@example.com"]
    );
}
