//! What a plugin logs stands in the host's log: under the provider's name, up to the host's level, on one line, without secrets.

use plugin_api::EmailProvider;
use plugin_api::abi::LogLevel;
use plugin_host::{PluginLoader, ProviderInstance};
use serde_json::{Value, json};

use super::{context, message};
use crate::support::{Workshop, eventually, records_of, with_token};

async fn logging(name: &str, level: LogLevel, settings: Value) -> ProviderInstance {
    records_of(name);
    let mut config = Workshop::new().config();
    config.host.log_level = level;
    let loader = PluginLoader::new(config);
    let library = system_tests::plugin("hostile");
    let file = loader
        .find(library.to_str().expect("UTF-8"))
        .expect("a plugin");
    let plugin = loader.load(&file).expect("it is loaded");
    let made = plugin.create(name, &with_token(settings)).await;
    made.expect("its constructor is content")
}

fn lines(provider: &str) -> Vec<(String, String)> {
    let word = |value: &Value| value.as_str().expect("a text").to_owned();
    records_of(provider)
        .iter()
        .map(|record| (word(&record["level"]), word(&record["fields"]["message"])))
        .collect()
}

fn expected(lines: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(level, text): &(&str, &str)| ((*level).to_owned(), (*text).to_owned());
    lines.iter().map(owned).collect()
}

#[tokio::test]
async fn every_level_arrives_with_its_fields_under_the_providers_name() {
    let provider = logging("logs-all", LogLevel::Trace, json!({})).await;
    let sent = provider.send(&message("log"), &context()).await;
    sent.expect("it is accepted");
    assert_eq!(
        lines("logs-all"),
        expected(&[
            ("ERROR", "error in send"),
            ("WARN", "warn in send answer=42"),
            ("INFO", "info in send\\nsecond line"),
            ("DEBUG", "debug in send"),
            ("TRACE", "trace in send"),
        ])
    );
    assert!(
        records_of("logs-all")
            .iter()
            .all(|record| record["fields"]["source"] == "hostile_plugin")
    );
}

#[tokio::test]
async fn nothing_above_the_hosts_level_crosses() {
    let provider = logging("logs-little", LogLevel::Warn, json!({})).await;
    let sent = provider.send(&message("log"), &context()).await;
    sent.expect("it is accepted");
    assert_eq!(
        lines("logs-little"),
        expected(&[
            ("ERROR", "error in send"),
            ("WARN", "warn in send answer=42")
        ])
    );
}

#[tokio::test]
async fn every_place_a_plugin_runs_in_logs() {
    let settings =
        json!({ "create": "log", "capabilities": "log", "parse_webhook": "log", "drop": "log" });
    let provider = logging("logs-everywhere", LogLevel::Error, settings).await;
    let request = plugin_api::WebhookRequest::post("/", "", plugin_api::Timestamp::UNIX_EPOCH);
    provider.parse_webhook(&request).expect("events");
    drop(provider);
    let all = expected(&[
        ("ERROR", "error in create"),
        ("ERROR", "error in capabilities"),
        ("ERROR", "error in parse_webhook"),
        ("ERROR", "error in drop"),
    ]);
    eventually("all four have logged", || lines("logs-everywhere") == all);
}

#[tokio::test]
async fn a_secret_is_taken_out_of_logs_and_errors() {
    let settings = json!({ "token": "sesame-open", "check": "tell-secret" });
    let provider = logging("logs-a-secret", LogLevel::Trace, settings).await;
    let sent = provider.send(&message("log-secret"), &context()).await;
    sent.expect("it is accepted");
    assert_eq!(
        lines("logs-a-secret"),
        expected(&[("WARN", "the token is *** token=\"***\"")])
    );
    for error in [
        provider
            .send(&message("tell-secret"), &context())
            .await
            .expect_err("refused"),
        provider.check(&context()).await.expect_err("refused"),
    ] {
        assert_eq!(error.message, "the token *** is wrong");
        assert_eq!(error.provider_code.as_deref(), Some("***"));
        let cause = error.cause.expect("it has a cause").to_string();
        assert_eq!(cause, "header X-Token: ***");
    }
}

#[tokio::test]
async fn a_flood_is_stemmed_and_what_was_dropped_is_counted() {
    const FLOOD: u64 = 100_000;
    let provider = logging("logs-a-flood", LogLevel::Error, json!({})).await;
    let sent = provider.send(&message("flood"), &context()).await;
    sent.expect("it is accepted");
    let count = || {
        let records = records_of("logs-a-flood");
        let arrived = records.iter().filter(|record| {
            record["fields"]["message"]
                .as_str()
                .is_some_and(|text| text.starts_with("flood"))
        });
        let dropped = records
            .iter()
            .filter_map(|record| record["fields"]["dropped"].as_u64());
        (arrived.count() as u64, dropped.sum::<u64>())
    };
    // The count stands before the first record that is let through again.
    while count().0 + count().1 < FLOOD {
        let sent = provider.send(&message("log"), &context()).await;
        sent.expect("it is accepted");
    }
    let (arrived, dropped) = count();
    assert!(
        arrived < FLOOD / 2,
        "{arrived} records of the flood arrived"
    );
    assert!(dropped >= FLOOD - arrived, "{dropped} were counted");
}
