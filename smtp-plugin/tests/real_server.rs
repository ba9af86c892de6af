//! A server that other people wrote: encryption, logins, and whether a signature holds.

use plugin_api::serde_json::{Value, json};
use plugin_api::{Attachment, Capability, EmailProvider as _, RefusalScope, SendErrorKind};
use smtp_plugin::SmtpPlugin;

use crate::common::authority::Authority;
use crate::common::python::PythonServer;
use crate::common::{
    blank, context, in_time, mailbox, merged, message, message_to, numbered, plugin_at, refused,
    send,
};

const DKIM_KEY: &str = include_str!("server/dkim_for_tests.pem");
const DKIM_RECORD: &str = include_str!("server/dkim.txt");

/// A server that encrypts in this way and has the user `ann`, and settings that fit.
struct Stage {
    server: PythonServer,
    settings: Value,
    _folder: tempfile::TempDir,
}

impl Stage {
    async fn new(tls: &str, more: &[&str]) -> Option<Self> {
        let (authority, folder) = (Authority::new(), tempfile::tempdir().unwrap());
        let write = |name: &str, text: String| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path.to_str().unwrap().to_owned()
        };
        let certificate = write("certificate.pem", authority.certificate.pem());
        let key = write("key.pem", authority.key.serialize_pem());
        let login = ["--user", "ann", "--password", "pässword"];
        let encryption = ["--tls", tls, "--certificate", &certificate, "--key", &key];
        let arguments: Vec<&str> = login
            .iter()
            .chain(&encryption)
            .chain(more)
            .copied()
            .collect();
        let server = PythonServer::start(&arguments).await?;
        let settings = json!({
            "host": "localhost", "tls": tls, "username": "ann", "password": "pässword",
            "ca_file": authority.write_to(folder.path()),
        });
        Some(Self {
            server,
            settings,
            _folder: folder,
        })
    }

    fn plugin(&self, change: Value) -> SmtpPlugin {
        plugin_at(self.server.port, merged(self.settings.clone(), &change))
    }
}

#[tokio::test]
async fn both_ways_of_encryption_and_both_logins_carry_a_message() {
    for (tls, mechanism) in [
        ("starttls", "PLAIN"),
        ("starttls", "LOGIN"),
        ("implicit", "PLAIN"),
        ("implicit", "LOGIN"),
    ] {
        let Some(mut stage) = Stage::new(tls, &["--mechanism", mechanism]).await else {
            return;
        };
        let plugin = stage.plugin(json!({}));
        let receipt = send(&plugin, &message()).await.unwrap();
        assert_eq!(receipt.note.as_deref(), Some("2.0.0 kept"));
        let kept = stage.server.accepted().await;
        assert_eq!(kept["tls"], true, "{tls}");
        assert_eq!(kept["user"], mechanism, "{tls}");
        assert_eq!(kept["from"], "sales@example.com");
        assert_eq!(kept["to"], json!(["ann@example.com"]));
        let id = format!("Message-ID: <{}>\r\n", receipt.id);
        assert!(kept["content"].as_str().unwrap().contains(&id));
    }
}

#[tokio::test]
async fn a_wrong_password_is_refused_and_not_repeated() {
    let Some(stage) = Stage::new("starttls", &[]).await else {
        return;
    };
    let plugin = stage.plugin(json!({ "password": "s3cret-but-wrong" }));
    let error = plugin.check(&context()).await.unwrap_err();
    let scope = RefusalScope::Account;
    assert_eq!(error.kind, SendErrorKind::ProviderRefused { scope });
    assert_eq!(error.provider_code.as_deref(), Some("535/5.7.8"));
    assert!(!error.to_string().contains("s3cret"), "{error}");
    let unknown = refused(
        &stage.plugin(json!({ "username": "", "password": "" })),
        &message(),
    )
    .await;
    assert_eq!(unknown.kind, SendErrorKind::ProviderRefused { scope });
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_gets_neither_password_nor_mail() {
    for tls in ["starttls", "implicit"] {
        let Some(stage) = Stage::new(tls, &[]).await else {
            return;
        };
        let error = refused(&stage.plugin(json!({ "ca_file": null })), &message()).await;
        assert_eq!(error.kind, SendErrorKind::Unavailable, "{tls}");
        assert!(error.to_string().contains("certificate"), "{error}");
    }
}

#[tokio::test]
async fn a_batch_goes_over_encrypted_connections_that_are_kept() {
    let Some(mut stage) = Stage::new("starttls", &[]).await else {
        return;
    };
    let plugin = stage.plugin(json!({ "max_connections": 2 }));
    let most = plugin.capabilities().limit(Capability::MaxBatch).unwrap();
    let messages: Vec<_> = (0..u128::from(most)).map(numbered).collect();
    let outcomes = in_time("the batch", plugin.send_batch(&messages, &context())).await;
    assert!(outcomes.iter().all(Result::is_ok));
    let mut ids = Vec::new();
    for _ in &messages {
        let kept = stage.server.accepted().await;
        let content = kept["content"].as_str().unwrap();
        let id = content
            .lines()
            .find_map(|line| line.strip_prefix("Message-ID: "));
        ids.push(id.unwrap().to_owned());
    }
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), messages.len());
}

#[tokio::test]
async fn its_limits_and_other_scripts_are_honoured() {
    let Some(mut stage) = Stage::new("implicit", &[]).await else {
        return;
    };
    let plugin = stage.plugin(json!({}));
    let file = Attachment::new("a.bin", "application/octet-stream", vec![7; 200_000]);
    let large = blank()
        .to(mailbox("ann@example.com"))
        .add_attachment(file)
        .build()
        .unwrap();
    let what = "max_message_bytes".to_owned();
    assert_eq!(
        refused(&plugin, &large).await.kind,
        SendErrorKind::Unsupported { what }
    );
    send(&plugin, &message_to(&["zoë@example.com"]))
        .await
        .unwrap();
    let kept = stage.server.accepted().await;
    assert_eq!(kept["to"], json!(["zoë@example.com"]));
    assert!(
        kept["content"]
            .as_str()
            .unwrap()
            .contains("To: zoë@example.com\r\n"),
        "{kept}"
    );
}

#[tokio::test]
async fn a_signature_holds_for_every_shape_of_message() {
    let Some(mut stage) = Stage::new("starttls", &["--dkim-record", DKIM_RECORD]).await else {
        return;
    };
    let signing =
        json!({ "dkim_domain": "example.com", "dkim_selector": "mail", "dkim_key": DKIM_KEY });
    let plugin = stage.plugin(signing);
    let to_ann = || blank().to(mailbox("ann@example.com").named("Lee, Änn").unwrap());
    let file = || Attachment::new("a.pdf", "application/pdf", vec![7; 5000]);
    for message in [
        to_ann()
            .text_body("Hello\n.\n\n  spaces  \n\n\n")
            .build()
            .unwrap(),
        to_ann()
            .text_body("Hällo")
            .html_body("<p>Hällo</p>")
            .add_attachment(file())
            .build()
            .unwrap(),
        to_ann()
            .subject("A long one ".repeat(20).trim())
            .text_body("Hi")
            .header("List-Unsubscribe", "<https://mail.example.com/u/token>")
            .header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
            .header("Reply-To-Note", "x")
            .header("X-Twice", "1")
            .header("X-Twice", "2")
            .build()
            .unwrap(),
    ] {
        send(&plugin, &message).await.unwrap();
        let kept = stage.server.accepted().await;
        assert_eq!(kept["signed"], true, "{}", kept["content"]);
        assert!(
            kept["content"]
                .as_str()
                .unwrap()
                .contains("d=example.com; s=mail")
        );
    }
}
