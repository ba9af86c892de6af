//! What is said, word for word.

use plugin_api::SendErrorKind;
use plugin_api::serde_json::json;

use crate::common::authority::{Authority, Start, tls_server};
use crate::common::{TRACKING_ID, merged, message, plugin, plugin_at, refused, send, server_with};

#[tokio::test]
async fn a_message_is_these_commands() {
    let server = server_with(&["SIZE", "DSN"]).await;
    let plugin = plugin(&server);
    send(&plugin, &message()).await.unwrap();
    let size = server.accepted()[0].content.len() - 2;
    let mail = format!("MAIL FROM:<sales@example.com> SIZE={size} RET=HDRS ENVID={TRACKING_ID}");
    assert_eq!(
        server.commands(),
        [
            "EHLO tests.example.com",
            "EHLO tests.example.com",
            &mail,
            "RCPT TO:<ann@example.com> ORCPT=rfc822;ann@example.com",
            "DATA",
        ]
    );
}

#[tokio::test]
async fn an_encrypted_connection_is_trusted_by_its_authority_alone() {
    for (tls, start) in [
        ("implicit", Start::Implicit),
        ("starttls", Start::StartTls("")),
    ] {
        let (authority, folder) = (Authority::new(), tempfile::tempdir().unwrap());
        let server = tls_server(&authority, start).await;
        let port = server.address().port();
        let settings = json!({ "host": "localhost", "tls": tls });
        let trusting = json!({ "ca_file": authority.write_to(folder.path()) });
        let trusting = merged(settings.clone(), &trusting);
        send(&plugin_at(port, trusting.clone()), &message())
            .await
            .unwrap();
        assert_eq!(server.accepted().len(), 1, "{tls}");

        let elsewhere = merged(trusting, &json!({ "host": "127.0.0.1" }));
        for settings in [settings, elsewhere] {
            let error = refused(&plugin_at(port, settings), &message()).await;
            assert_eq!(error.kind, SendErrorKind::Unavailable, "{tls}");
            assert!(error.to_string().contains("certificate"), "{error}");
        }
        assert_eq!(server.accepted().len(), 1, "{tls}");
    }
}

/// Somebody in the middle can write into the connection until it is encrypted. What they write there must not answer anything.
#[tokio::test]
async fn answers_from_before_the_encryption_are_never_believed() {
    for injected in [
        "250 evil.test\r\n",
        "250-evil.test\r\n250 SIZE 10\r\n250 evil.test\r\n",
        "250 evil.test\r\n250 evil.test\r\n250 ok\r\n250 ok\r\n354 go\r\n250 queued\r\n",
    ] {
        let (authority, folder) = (Authority::new(), tempfile::tempdir().unwrap());
        let server = tls_server(&authority, Start::StartTls(injected)).await;
        let settings = json!({
            "host": "localhost", "tls": "starttls", "ca_file": authority.write_to(folder.path()),
        });
        let error = refused(&plugin_at(server.address().port(), settings), &message()).await;
        assert_eq!(error.kind, SendErrorKind::Unavailable, "{injected:?}");
        assert!(server.accepted().is_empty(), "{injected:?}");
    }
}
