//! The paths on which memory changes hands, once more under valgrind: a wrong access on either side fails the test.

use std::process::Command;
use std::time::Duration;

use plugin_api::{
    CallContext, EmailProvider, SentQuery, SuppressionQuery, Timestamp, TrackingId,
    UnsubscribeHandler, WebhookRequest,
};
use serde_json::json;

use super::{context, message};
use crate::support::{Line, Workshop, has_valgrind, hostile_of, run, this_program, with_token};

const SCENARIO: &str = "boundary::valgrind::memory_changes_hands_on_every_path";

#[tokio::test]
async fn memory_changes_hands_on_every_path() {
    let line = Line::open();
    let plugin = Workshop::new().load(&system_tests::plugin("hostile"));
    for act in ["panic", "bomb", "tell-secret"] {
        let made = plugin
            .create("main", &with_token(json!({ "create": act })))
            .await;
        made.expect_err("it is refused");
    }
    let settings = json!({ "signal": line.address(), "parse_webhook": "log", "drop": "panic", "shutdown": "panic" });
    let provider = hostile_of(&plugin, "main", settings).await;
    let caller = line.answer();
    let context = context();
    for subject in [
        "hello",
        "error-invalid",
        "error-suppressed",
        "panic",
        "bomb",
        "nested-bomb",
        "rubbish",
        "spawn",
    ] {
        let _ = provider.send(&message(subject), &context).await;
    }
    let messages = ["hello", "error-throttled", "bomb"].map(message);
    provider.send_batch(&messages, &context).await;
    let moment = Timestamp::UNIX_EPOCH;
    let query = SentQuery::new(TrackingId::from_bytes([1; 16]), moment, moment);
    provider.find_sent(&[query.clone(), query], &context).await;
    provider.check(&context).await.expect("it answers");
    let request = WebhookRequest::post("/", "full", moment);
    provider.parse_webhook(&request).expect("events");
    provider
        .process_unsubscribe(&request)
        .expect("unsubscribes");
    provider.render_unsubscribe(Some("outbound"));
    let query = SuppressionQuery::default();
    let listed = provider.list_suppressions(&query, &context).await;
    listed.expect("a list");

    let short = CallContext::new(Duration::from_millis(1), Duration::from_millis(1));
    let stopped = provider.send(&message("hang"), &short).await;
    stopped.expect_err("it never answers");
    let (hanging, working) = (message("hang"), message("spawn"));
    tokio::select! {
        _ = provider.send(&hanging, &context) => panic!("it never answers"),
        sent = provider.send(&working, &context) => drop(sent.expect("its timer fires")),
    }
    provider.shutdown(Duration::from_secs(5)).await;
    drop(provider);
    caller.hear_out("destroyed");
    assert!(caller.has_hung_up(), "it said something after its end");
}

#[test]
fn valgrind_finds_no_wrong_access() {
    if !has_valgrind() {
        return;
    }
    // Built now, outside valgrind.
    system_tests::plugin("hostile");
    let mut valgrind = Command::new("valgrind");
    valgrind
        .args(["--error-exitcode=99", "--leak-check=no", "--quiet"])
        .arg(this_program());
    run(valgrind, SCENARIO);
}
