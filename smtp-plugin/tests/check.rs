//! Is the server there, does it take the login, and what should an operator know?

use plugin_api::serde_json::{Value, json};
use plugin_api::{
    Capability, EmailProvider as _, Plugin as _, RefusalScope, SendErrorKind,
    UnsubscribeHandler as _,
};
use plugin_testkit::smtp::{SmtpAct, SmtpMoment, SmtpStandIn};
use smtp_plugin::SmtpPlugin;

use crate::common::{
    context, created, message, plugin, plugin_with, refused, send, server, server_with,
};

fn user(mechanism: Option<&str>) -> Value {
    json!({ "username": "ann@example.com", "password": "s3cret-word", "mechanism": mechanism })
}

async fn logged_in(server: &SmtpStandIn, mechanism: Option<&str>) -> Vec<String> {
    let plugin = plugin_with(server, user(mechanism));
    plugin.check(&context()).await.unwrap();
    let is_login = |line: &String| !line.starts_with("EHLO") && line != "NOOP";
    server.commands().into_iter().filter(is_login).collect()
}

#[test]
fn nothing_is_claimed_that_smtp_does_not_have() {
    let plugin = created(json!({ "host": "mail.example.com" })).unwrap();
    let declared = plugin.capabilities();
    let keys: Vec<&str> = declared.iter().map(|(key, _)| key).collect();
    assert_eq!(keys, [Capability::MaxBatch.key()]);
    assert_eq!(SmtpPlugin::CAPABILITIES, [Capability::MaxBatch]);
    assert_eq!(plugin.render_unsubscribe(None), None);
}

#[tokio::test]
async fn each_way_to_log_in_says_what_its_rfc_says() {
    let plain = ["AUTH PLAIN AGFubkBleGFtcGxlLmNvbQBzM2NyZXQtd29yZA=="];
    assert_eq!(logged_in(&server().await, None).await, plain);
    assert_eq!(logged_in(&server().await, Some("plain")).await, plain);
    let login = ["AUTH LOGIN", "YW5uQGV4YW1wbGUuY29t", "czNjcmV0LXdvcmQ="];
    assert_eq!(logged_in(&server().await, Some("login")).await, login);
    let only_login = server_with(&["AUTH LOGIN"]).await;
    assert_eq!(logged_in(&only_login, None).await, login);
    let token = "AUTH XOAUTH2 dXNlcj1hbm5AZXhhbXBsZS5jb20BYXV0aD1CZWFyZXIgczNjcmV0LXdvcmQBAQ==";
    assert_eq!(logged_in(&server().await, Some("xoauth2")).await, [token]);
}

#[tokio::test]
async fn the_account_is_the_server_and_the_user_and_names_nobody() {
    let server = server().await;
    let of = async |settings: Value| {
        plugin_with(&server, settings)
            .check(&context())
            .await
            .unwrap()
            .account
    };
    let (ann, nobody) = (of(user(None)).await, of(json!({})).await);
    let bob = of(json!({ "username": "bob", "password": "p" })).await;
    assert_eq!(nobody, format!("smtp:{}", server.address()));
    assert!(
        ann.starts_with(&nobody) && bob.starts_with(&nobody),
        "{ann} {bob}"
    );
    assert_ne!(ann, bob);
    assert!(!ann.contains("ann"), "{ann}");
}

#[tokio::test]
async fn a_refused_login_names_the_settings_and_no_secret() {
    for line in [
        "535 5.7.8 ann@example.com s3cret-word czNjcmV0LXdvcmQ= is wrong",
        "334 eyJzdGF0dXMiOiI0MDEifQ==",
    ] {
        let server = server().await;
        server.once(SmtpMoment::Auth, SmtpAct::say(line));
        let error = plugin_with(&server, user(Some("xoauth2")))
            .check(&context())
            .await
            .unwrap_err();
        let scope = RefusalScope::Account;
        assert_eq!(
            error.kind,
            SendErrorKind::ProviderRefused { scope },
            "{line}"
        );
        let shown = format!("{error} {:?}", error.cause);
        assert!(shown.contains("`password`"), "{shown}");
        for hidden in ["s3cret", "czNj", "ann"] {
            assert!(!shown.contains(hidden), "{shown}");
        }
    }
}

#[tokio::test]
async fn a_login_that_is_not_taken_now_is_unavailable_and_lost_ones_too() {
    for act in [
        SmtpAct::say("454 4.7.0 later"),
        SmtpAct::HangUp,
        SmtpAct::say("250 what"),
    ] {
        let server = server().await;
        server.once(SmtpMoment::Auth, act);
        let error = plugin_with(&server, user(None))
            .check(&context())
            .await
            .unwrap_err();
        assert_eq!(error.kind, SendErrorKind::Unavailable);
    }
}

#[tokio::test]
async fn a_server_without_the_way_to_log_in_is_told_and_hears_no_password() {
    let server = server_with(&["AUTH CRAM-MD5"]).await;
    let error = plugin_with(&server, user(None))
        .check(&context())
        .await
        .unwrap_err();
    let scope = RefusalScope::Account;
    assert_eq!(error.kind, SendErrorKind::ProviderRefused { scope });
    assert!(error.to_string().contains("`mechanism`"), "{error}");
    assert!(
        server
            .commands()
            .iter()
            .all(|line| line.starts_with("EHLO"))
    );
}

#[tokio::test]
async fn a_server_without_starttls_is_refused_and_hears_neither_password_nor_mail() {
    let server = server().await;
    let starttls = json!({ "tls": "starttls", "username": "ann", "password": "p" });
    let error = refused(&plugin_with(&server, starttls), &message()).await;
    let scope = RefusalScope::Provider;
    assert_eq!(error.kind, SendErrorKind::ProviderRefused { scope });
    assert!(error.to_string().contains("STARTTLS"), "{error}");
    assert!(
        server
            .commands()
            .iter()
            .all(|line| line.starts_with("EHLO"))
    );
}

#[tokio::test]
async fn notifications_that_the_server_does_not_have_are_told() {
    let server = server_with(&[]).await;
    let plugin = plugin_with(&server, json!({ "dsn_notify": ["failure"] }));
    let report = plugin.check(&context()).await.unwrap();
    assert!(
        report.warnings[0].contains("`dsn_notify`"),
        "{:?}",
        report.warnings
    );
    let good = crate::common::server().await;
    let report = crate::common::plugin(&good)
        .check(&context())
        .await
        .unwrap();
    assert_eq!(report.warnings, Vec::<String>::new());
}

#[tokio::test]
async fn a_connection_that_was_checked_carries_the_first_message() {
    let server = server().await;
    let plugin = plugin(&server);
    plugin.check(&context()).await.unwrap();
    send(&plugin, &message()).await.unwrap();
    assert_eq!(server.connections(), 1);
}

#[test]
fn settings_that_cannot_work_are_refused_before_anything_is_said() {
    let with =
        |change: Value| crate::common::merged(json!({ "host": "mail.example.com" }), &change);
    for (settings, setting) in [
        (json!({}), "host"),
        (with(json!({ "ca_file": "/nowhere/ca.pem" })), "ca_file"),
        (with(json!({ "ca_file": "/dev/null" })), "ca_file"),
        (
            with(json!({ "dkim_domain": "example.com" })),
            "dkim_selector",
        ),
        (
            with(json!({ "dkim_domain": "example.com", "dkim_selector": "a;b", "dkim_key": "x" })),
            "dkim_selector",
        ),
        (
            with(json!({ "dkim_domain": "example.com", "dkim_selector": "a", "dkim_key": "k3y" })),
            "dkim_key",
        ),
        (with(json!({ "username": "ann" })), "password"),
    ] {
        let error = created(settings).err().expect(setting);
        assert_eq!(error.setting.as_deref(), Some(setting), "{error}");
        assert!(!error.to_string().contains("k3y"), "{error}");
    }
}
