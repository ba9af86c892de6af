//! Is the token good, whose account is it, and what should an operator know?

use plugin_api::serde_json::json;
use plugin_api::{
    Capability, CheckReport, EmailProvider as _, Plugin as _, RefusalScope, SendErrorKind,
    UnsubscribeHandler as _, UnsubscribeLink,
};
use plugin_testkit::simulator::{PostmarkConfig, ServerConfig};
use postmark_plugin::PostmarkPlugin;

use crate::common::wire::{Wire, json as answer};
use crate::common::{TOKEN, context, plugin, plugin_with, simulator, simulator_with};

async fn report(server: ServerConfig, settings: plugin_api::serde_json::Value) -> CheckReport {
    let simulator = simulator_with(PostmarkConfig::with_server(server)).await;
    let plugin = plugin_with(&simulator.base_url(), settings);
    plugin.check(&context()).await.unwrap()
}

#[test]
fn capabilities_are_the_documented_limits_and_the_note_lists_what_every_instance_has() {
    let live = plugin("http://127.0.0.1:1");
    let test = plugin_with(
        "http://127.0.0.1:1",
        json!({ "server_token": "POSTMARK_API_TEST" }),
    );
    for (capability, limit) in [
        (Capability::MaxBatch, 500),
        (Capability::MaxBatchBytes, 50_000_000),
        (Capability::MaxMessageBytes, 10 * 1024 * 1024),
        (Capability::MaxRecipients, 50),
        (Capability::Metadata, 10),
        (Capability::Tags, 1),
        (Capability::FindSent, 1),
    ] {
        assert_eq!(live.capabilities().limit(capability), Some(limit));
    }
    let keys = test.capabilities();
    let keys: Vec<&str> = keys.iter().map(|(key, _)| key).collect();
    assert_eq!(
        keys,
        PostmarkPlugin::CAPABILITIES
            .iter()
            .map(|one| one.key())
            .collect::<Vec<_>>()
    );
    assert_eq!(
        live.render_unsubscribe(None),
        Some(UnsubscribeLink::Canonical)
    );
}

#[tokio::test]
async fn a_good_token_names_its_server_and_warns_of_nothing() {
    let report = report(ServerConfig::new(TOKEN), json!({})).await;
    assert!(
        report.account.starts_with("postmark:server:"),
        "{}",
        report.account
    );
    assert!(!report.account.contains(TOKEN));
    assert_eq!(report.warnings, Vec::<String>::new());
}

#[tokio::test]
async fn two_servers_have_two_fingerprints() {
    let config = PostmarkConfig::with_token(TOKEN).server(ServerConfig::new("another"));
    let simulator = simulator_with(config).await;
    let (url, other) = (simulator.base_url(), json!({ "server_token": "another" }));
    let first = plugin(&url).check(&context()).await.unwrap();
    let second = plugin_with(&url, other).check(&context()).await.unwrap();
    assert_ne!(first.account, second.account);
}

#[tokio::test]
async fn a_wrong_token_is_refused_with_the_setting_to_correct() {
    let simulator = simulator().await;
    let plugin = plugin_with(
        &simulator.base_url(),
        json!({ "server_token": "s3cret-but-wrong" }),
    );
    let error = plugin.check(&context()).await.unwrap_err();
    let scope = RefusalScope::Account;
    assert_eq!(error.kind, SendErrorKind::ProviderRefused { scope });
    let line = error.to_string();
    assert!(
        line.contains("`server_token`") && !line.contains("s3cret"),
        "{line}"
    );
}

#[tokio::test]
async fn surprises_are_told_before_they_happen() {
    let server = || ServerConfig::new(TOKEN);
    for (report, warning) in [
        (report(server().sandbox(), json!({})).await, "sandbox"),
        (
            report(server().track_opens(), json!({ "track_opens": false })).await,
            "tracks opens",
        ),
        (
            report(server(), json!({ "message_stream": "newz" })).await,
            "`newz`: does not exist",
        ),
        (
            report(server(), json!({ "message_stream": "inbound" })).await,
            "cannot send",
        ),
    ] {
        assert_eq!(report.warnings.len(), 1, "{:?}", report.warnings);
        assert!(
            report.warnings[0].contains(warning),
            "{:?}",
            report.warnings
        );
    }
    let asked_for = report(server().track_opens(), json!({ "track_opens": true })).await;
    assert_eq!(asked_for.warnings, Vec::<String>::new());
}

#[tokio::test]
async fn an_archived_or_self_handled_stream_is_told() {
    let stream = json!({
        "ID": "news", "MessageStreamType": "Broadcasts", "ArchivedAt": "2026-01-01T00:00:00-05:00",
        "SubscriptionManagementConfiguration": { "UnsubscribeHandlingType": "custom" },
    });
    let wire = Wire::start([
        answer(200, r#"{"ID":7,"ApiTokens":["x"]}"#),
        answer(200, &stream.to_string()),
    ])
    .await;
    let report = plugin(&wire.base_url()).check(&context()).await.unwrap();
    assert_eq!(report.account, "postmark:server:7");
    assert!(
        report.warnings[0].contains("archived") && report.warnings[1].contains("unsubscribing")
    );
    assert_eq!(wire.requests()[1].line(), "GET /message-streams/outbound");
}

#[tokio::test]
async fn a_stream_that_cannot_be_read_is_a_warning_and_a_strange_server_is_refused() {
    let wire = Wire::start([answer(200, r#"{"ID":"7"}"#), answer(500, "")]).await;
    let report = plugin(&wire.base_url()).check(&context()).await.unwrap();
    assert!(
        report.warnings[0].contains("could not be read"),
        "{:?}",
        report.warnings
    );
    for body in ["", "[]", "{}", "<html>"] {
        let wire = Wire::start([answer(200, body)]).await;
        let error = plugin(&wire.base_url())
            .check(&context())
            .await
            .unwrap_err();
        let scope = RefusalScope::Provider;
        assert_eq!(
            error.kind,
            SendErrorKind::ProviderRefused { scope },
            "{body}"
        );
    }
}

#[tokio::test]
async fn the_test_token_is_told() {
    let simulator = simulator().await;
    let plugin = plugin_with(
        &simulator.base_url(),
        json!({ "server_token": "POSTMARK_API_TEST" }),
    );
    let report = plugin.check(&context()).await.unwrap();
    assert_eq!(report.account, "postmark:test");
    assert!(report.warnings[0].contains("never delivered"));
}

#[tokio::test]
async fn the_test_token_is_good_only_where_postmark_answers() {
    let test_token = json!({ "server_token": "POSTMARK_API_TEST" });
    let refusal = r#"{"ErrorCode":10,"Message":"not for this token"}"#;
    for (status, body, good) in [
        (200, r#"{"ID":7}"#, true),
        (401, refusal, true),
        (422, refusal, true),
        (200, "<html>", false),
        (302, "", false),
        (403, "<html>", false),
        (404, "<html>", false),
        (502, "<html>", false),
        (503, r#"{"ErrorCode":100,"Message":"down"}"#, false),
    ] {
        let wire = Wire::start([answer(status, body)]).await;
        let plugin = plugin_with(&wire.base_url(), test_token.clone());
        let report = plugin.check(&context()).await;
        assert_eq!(report.is_ok(), good, "{status} {body}: {report:?}");
    }
}

#[tokio::test]
async fn nobody_there_is_unavailable() {
    let closed = crate::common::wire::closed_port().await;
    let error = plugin(&format!("http://{closed}"))
        .check(&context())
        .await
        .unwrap_err();
    assert_eq!(error.kind, SendErrorKind::Unavailable);
}
