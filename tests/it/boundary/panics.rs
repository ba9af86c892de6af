//! A panic anywhere in a plugin becomes an error with its text; the host goes on, and so does the provider.

use plugin_api::{
    EmailProvider, Lookup, RefusalScope, SendErrorKind, SentQuery, SuppressionEdit,
    SuppressionQuery, Timestamp, TrackingId, UnsubscribeHandler, WebhookErrorKind, WebhookRequest,
};
use serde_json::json;

use super::{context, message};
use crate::support::{Line, hostile, records_of};

const BOMB: &str = "the plugin panicked: (a panic without a text)";

#[tokio::test]
async fn in_send_it_leaves_the_message_in_doubt_and_the_next_one_goes_out() {
    let provider = hostile("panics", json!({})).await;
    for (subject, words) in [
        ("panic", "the plugin panicked: boom in send"),
        ("bomb", BOMB),
        ("nested-bomb", BOMB),
    ] {
        let error = provider.send(&message(subject), &context()).await;
        let error = error.expect_err("it panics");
        assert_eq!(error.kind, SendErrorKind::InDoubt);
        assert_eq!(error.message, words);
    }
    let sent = provider.send(&message("hello"), &context()).await;
    sent.expect("the provider still works");
}

#[tokio::test]
async fn in_send_batch_it_leaves_every_message_in_doubt() {
    let messages = ["one", "two"].map(message);
    for (act, words) in [
        ("panic", "the plugin panicked: boom in send_batch"),
        ("bomb", BOMB),
    ] {
        let provider = hostile("panics", json!({ "send_batch": act })).await;
        let results = provider.send_batch(&messages, &context()).await;
        assert_eq!(results.len(), 2);
        for result in results {
            let error = result.expect_err("it panics");
            assert_eq!(error.kind, SendErrorKind::InDoubt);
            assert_eq!(error.message, words);
        }
    }
}

#[tokio::test]
async fn in_find_sent_it_makes_every_answer_unknown() {
    let query = SentQuery::new(
        TrackingId::from_bytes([1; 16]),
        Timestamp::UNIX_EPOCH,
        Timestamp::UNIX_EPOCH,
    );
    for (act, words) in [
        ("panic", "the plugin panicked: boom in find_sent"),
        ("bomb", BOMB),
    ] {
        let provider = hostile("panics", json!({ "find_sent": act })).await;
        let found = provider
            .find_sent(&[query.clone(), query.clone()], &context())
            .await;
        assert_eq!(found, [Lookup::unknown(words), Lookup::unknown(words)]);
    }
}

#[tokio::test]
async fn in_check_it_refuses_the_provider() {
    for (act, words) in [
        ("panic", "the plugin panicked: boom in check"),
        ("bomb", BOMB),
    ] {
        let provider = hostile("panics", json!({ "check": act })).await;
        let error = provider.check(&context()).await.expect_err("it panics");
        let scope = RefusalScope::Provider;
        assert_eq!(error.kind, SendErrorKind::ProviderRefused { scope });
        assert_eq!(error.message, words);
    }
}

#[tokio::test]
async fn in_suppressions_it_is_in_doubt() {
    let provider = hostile("panics", json!({ "suppressions": "panic" })).await;
    let words = "the plugin panicked: boom in suppressions";
    let query = SuppressionQuery::default();
    let edit = SuppressionEdit::new(Vec::new());
    let listed = provider.list_suppressions(&query, &context()).await;
    assert_eq!(listed.expect_err("it panics").message, words);
    let added = provider.add_suppressions(&edit, &context()).await;
    assert_eq!(added.expect_err("it panics").message, words);
    let removed = provider.remove_suppressions(&edit, &context()).await;
    assert_eq!(removed.expect_err("it panics").message, words);
}

#[tokio::test]
async fn in_a_webhook_or_callback_it_has_failed_before_anything_was_known() {
    let request = WebhookRequest::post("/", "body", Timestamp::UNIX_EPOCH);
    let settings = json!({ "parse_webhook": "panic", "process_unsubscribe": "bomb" });
    let provider = hostile("panics", settings).await;
    let error = provider.parse_webhook(&request).expect_err("it panics");
    assert_eq!(error.kind, WebhookErrorKind::Failed);
    assert_eq!(
        error.message,
        "the plugin panicked while reading the request: boom in parse_webhook"
    );
    let error = provider
        .process_unsubscribe(&request)
        .expect_err("it panics");
    assert_eq!(error.kind, WebhookErrorKind::Failed);
}

#[tokio::test]
async fn in_rendering_a_link_it_leaves_the_link_to_the_host() {
    let provider = hostile("panics", json!({ "render_unsubscribe": "panic" })).await;
    assert_eq!(provider.render_unsubscribe(Some("outbound")), None);
}

#[tokio::test]
async fn in_shutdown_and_in_the_destructor_it_disturbs_nobody() {
    for act in ["panic", "bomb", "nested-bomb"] {
        let line = Line::open();
        let settings = json!({ "signal": line.address(), "shutdown": act, "drop": act });
        let provider = hostile("panics", settings).await;
        let caller = line.answer();
        provider.shutdown(std::time::Duration::from_secs(60)).await;
        caller.hear_out("shutdown within 60000 ms");
        drop(provider);
        caller.hear_out("destroyed");
        assert!(caller.has_hung_up(), "it said something after its end");
    }
}

#[tokio::test]
async fn its_text_and_place_stand_in_the_log() {
    records_of("panics-in-the-log");
    let provider = hostile("panics-in-the-log", json!({})).await;
    let sent = provider.send(&message("panic"), &context()).await;
    sent.expect_err("it panics");
    let records = records_of("panics-in-the-log");
    let [record] = &records[..] else {
        panic!("{records:?}");
    };
    assert_eq!(record["level"], "ERROR");
    assert_eq!(record["fields"]["source"], "panic");
    let words = record["fields"]["message"].as_str().expect("a text");
    assert!(words.contains("boom in send"), "{words}");
    assert!(words.contains("hostile-plugin/src/lib.rs"), "{words}");
}
