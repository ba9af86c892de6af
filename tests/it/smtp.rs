//! The SMTP plugin as a library on disk: loaded, given settings, sent through by the engine, and believed when it is in doubt.

use std::time::Duration;

use plugin_api::{Capability, EmailProvider as _, Mailbox, Message, TrackingId};
use plugin_host::{
    DeliveryConfig, FlagScope, Host, HostConfig, LoaderConfig, MessageKey, MessageState,
    ProviderConfig, ReconcileConfig, Route, Submission,
};
use plugin_testkit::smtp::{SmtpAct, SmtpMoment, SmtpStandIn};
use serde_json::{Value, json};
use system_tests::plugin;
use uuid::Uuid;

use crate::support::{PATIENCE, Workshop};

/// An engine with two servers, the first preferred.
struct Stage {
    host: Host,
    first: SmtpStandIn,
    second: SmtpStandIn,
    _folder: tempfile::TempDir,
}

async fn server() -> SmtpStandIn {
    let offers = ["SIZE 100000", "8BITMIME", "DSN"];
    SmtpStandIn::start(&offers).await.expect("a free port")
}

fn settings(server: &SmtpStandIn) -> Value {
    json!({ "host": "127.0.0.1", "port": server.address().port(), "tls": "none" })
}

async fn stage() -> Stage {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (first, second) = (server().await, server().await);
    let mut plugins = LoaderConfig::new(folder.path().join("copies"));
    plugins.allow_unsigned = true;
    plugins.directories = vec![plugin("smtp").parent().expect("a folder").to_owned()];
    let provider = |name: &str, server| ProviderConfig::new(name, "smtp", settings(server));
    let pool =
        json!([{ "provider": "first", "weight": 1000 }, { "provider": "second", "weight": 1 }]);
    let route = json!({ "name": "default", "strategy": "exact", "pool": pool });
    let route: Route = serde_json::from_value(route).expect("a route");
    let host = Host::start(HostConfig {
        store: folder.path().join("host.db"),
        plugins,
        providers: vec![provider("first", &first), provider("second", &second)],
        routes: vec![route],
        delivery: DeliveryConfig {
            soft_deadline: Duration::from_secs(30),
            hard_deadline: Duration::from_secs(40),
            reconcile: ReconcileConfig {
                after: Duration::from_millis(10),
                every: Duration::from_millis(50),
                patience: Duration::from_secs(600),
            },
            ..DeliveryConfig::default()
        },
        flag_scope: FlagScope::Account,
    })
    .await
    .expect("the host starts");
    assert!(host.readiness().ready, "{:?}", host.readiness());
    Stage {
        host,
        first,
        second,
        _folder: folder,
    }
}

fn message() -> Message {
    Message::builder()
        .from(Mailbox::new("sales@example.com").expect("an address"))
        .to(Mailbox::new("ann@example.com").expect("an address"))
        .to(Mailbox::new("bob@example.com").expect("an address"))
        .subject("Your request")
        .html_body("<p>Hello</p>")
        .text_body("Hello")
        .lead_uid("lead-1")
        .tracking_id(TrackingId::from(Uuid::now_v7()))
        .build()
        .expect("a message")
}

async fn accept(stage: &Stage, message: Message) -> MessageKey {
    let key = MessageKey::any(message.tracking_id());
    let submission = Submission {
        message,
        send_at: None,
    };
    let outcome = stage.host.accept(vec![submission]).await.remove(0);
    outcome.expect("accepted");
    key
}

#[tokio::test(flavor = "multi_thread")]
async fn the_library_says_what_it_is_and_checks_its_server() {
    let loaded = Workshop::new().load(&plugin("smtp"));
    let server = server().await;
    let provider = loaded.create("main", &settings(&server)).await;
    let provider = provider.expect("the settings work");
    let declared = provider.capabilities();
    assert!(declared.has(Capability::MaxBatch) && !declared.has(Capability::FindSent));
    let context = plugin_api::CallContext::new(PATIENCE, PATIENCE);
    let report = provider.check(&context).await.expect("the server is good");
    assert_eq!(report.account, format!("smtp:{}", server.address()));
    for (wrong, expected) in [
        (
            json!({ "host": "h", "pasword": "p" }),
            "unknown field `pasword`",
        ),
        (
            json!({ "host": "h", "username": "ann" }),
            "`password`: is missing",
        ),
    ] {
        let error = loaded.create("main", &wrong).await.expect_err("refused");
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_go_out_once_each_and_the_record_has_the_servers_words() {
    let stage = stage().await;
    let mut keys = Vec::new();
    for _ in 0..20 {
        keys.push(accept(&stage, message()).await);
    }
    for key in &keys {
        let view = stage
            .host
            .settled(key, PATIENCE)
            .await
            .expect("readable")
            .expect("known");
        assert_eq!(view.summary.state, MessageState::Sent, "{view:?}");
        let id = view.summary.provider_message_id.expect("an id");
        assert!(id.ends_with("@example.com"), "{id}");
    }
    let accepted = [stage.first.accepted(), stage.second.accepted()].concat();
    assert_eq!(accepted.len(), 20);
    assert!(accepted.iter().all(|one| one.recipients.len() == 2));
    stage.host.shutdown(PATIENCE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_lost_before_data_is_another_servers_turn() {
    let stage = stage().await;
    stage.first.once(SmtpMoment::Data, SmtpAct::HangUp);
    let key = accept(&stage, message()).await;
    let view = stage
        .host
        .settled(&key, PATIENCE)
        .await
        .expect("readable")
        .expect("known");
    assert_eq!(view.summary.state, MessageState::Sent, "{view:?}");
    assert_eq!(view.summary.provider.as_deref(), Some("second"));
    assert!(stage.first.accepted().is_empty());
    stage.host.shutdown(PATIENCE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_lost_after_data_is_in_doubt_and_nobody_is_mailed_twice() {
    let stage = stage().await;
    stage.first.once(SmtpMoment::Dot, SmtpAct::KeepAndHangUp);
    let key = accept(&stage, message()).await;
    let view = stage
        .host
        .settled(&key, PATIENCE)
        .await
        .expect("readable")
        .expect("known");
    assert_eq!(view.summary.state, MessageState::InDoubt, "{view:?}");
    assert_eq!(view.attempts.len(), 1, "{view:?}");
    // The next one goes out, so the engine is not merely waiting.
    let next = accept(&stage, message()).await;
    let sent = stage
        .host
        .settled(&next, PATIENCE)
        .await
        .expect("readable")
        .expect("known");
    assert_eq!(sent.summary.state, MessageState::Sent, "{sent:?}");
    let accepted = stage.first.accepted().len() + stage.second.accepted().len();
    assert_eq!(accepted, 2);
    stage.host.shutdown(PATIENCE).await;
}
