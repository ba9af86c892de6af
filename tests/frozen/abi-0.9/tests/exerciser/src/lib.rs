//! Every method of the hostile plugin, on its good and its bad paths, as one report: what one pair of host and plugin gives, every
//! other pair must give as well.

mod report;

use std::collections::BTreeMap;
use std::time::Duration;

use plugin_api::{
    CallContext, Extension, Mailbox, Message, MessageBuilder, Provider, SentQuery, SuppressionEdit,
    SuppressionQuery, SuppressionReason, Timestamp, TrackingId, WebhookRequest,
};
use report::outcome;
use serde_json::{Value, json};

/// The subjects that tell the plugin what to do in `send`.
const SUBJECTS: [&str; 19] = [
    "hello",
    "panic",
    "bomb",
    "nested-bomb",
    "rubbish",
    "spawn",
    "log",
    "error-invalid",
    "error-invalid-somewhere",
    "error-suppressed",
    "error-sender",
    "error-stream",
    "error-account",
    "error-provider",
    "error-throttled",
    "error-throttled-somewhat",
    "error-unavailable",
    "error-in-doubt",
    "error-unsupported",
];

/// Calls everything once and reports what came back.
///
/// # Panics
/// When the calls themselves cannot be made.
pub async fn exercise(provider: &dyn Provider) -> Value {
    let context = CallContext::new(Duration::from_secs(50), Duration::from_secs(60));
    let mut sent = serde_json::Map::new();
    for subject in SUBJECTS {
        let result = provider.send(&message(subject), &context).await;
        sent.insert(subject.to_owned(), outcome(result));
    }
    let batch = ["hello", "error-invalid", "bomb"].map(message);
    let batch = provider.send_batch(&batch, &context).await;
    let moment = Timestamp::UNIX_EPOCH;
    let query = SentQuery::new(TrackingId::from_bytes([1; 16]), moment, moment);
    let queries = [query.clone(), query.clone(), query.clone(), query];
    let request = |body: &'static str| WebhookRequest::post("/webhooks/main", body, moment);
    let removed = SuppressionEdit::new(
        ["ann", "bob"]
            .map(|name| format!("{name}@example.com"))
            .to_vec(),
    );
    let added = removed
        .clone()
        .on_stream("outbound")
        .because(SuppressionReason::Complaint);
    let stream = || Some("outbound".to_owned());
    json!({
        "capabilities": provider.capabilities().iter().collect::<BTreeMap<_, _>>(),
        "send": sent,
        "send stopped": stopped(provider).await,
        "send extended": extended(provider, &context).await,
        "send_batch": batch.into_iter().map(outcome).collect::<Vec<_>>(),
        "find_sent": report::lookups(provider.find_sent(&queries, &context).await),
        "check": report::check(provider.check(&context).await),
        "parse_webhook": report::events(provider.parse_webhook(&request("body"))),
        "parse_webhook failed": report::events(provider.parse_webhook(&request("failed"))),
        "parse_webhook refused": report::events(provider.parse_webhook(&request("malformed"))),
        "list_suppressions": report::page(provider.list_suppressions(&SuppressionQuery::new(stream()), &context).await),
        "add_suppressions": report::changes(provider.add_suppressions(&added, &context).await),
        "remove_suppressions": report::changes(provider.remove_suppressions(&removed, &context).await),
        "render_unsubscribe": report::link(provider.render_unsubscribe(Some("outbound"))),
        "process_unsubscribe": report::unsubscribes(provider.process_unsubscribe(&request("full"))),
        "process_unsubscribe unknown": report::unsubscribes(provider.process_unsubscribe(&request("none"))),
    })
}

fn builder(subject: &str) -> MessageBuilder {
    let mailbox = |address| Mailbox::new(address).expect("an address");
    Message::builder()
        .from(mailbox("sales@example.com"))
        .to(mailbox("ann@example.com"))
        .cc(mailbox("bob@example.com"))
        .subject(subject)
        .html_body("<p>Hello</p>")
        .metadata("key", "value")
        .tracking_id(TrackingId::from_bytes([7; 16]))
}

fn message(subject: &str) -> Message {
    builder(subject).build().expect("a message")
}

/// One call that ends at its deadline, two that are dropped.
async fn stopped(provider: &dyn Provider) -> Value {
    let short = CallContext::new(Duration::from_secs(1), Duration::from_secs(1));
    let hanging = message("hang");
    let late = provider.send(&hanging, &short).await;
    let long = CallContext::new(Duration::from_secs(50), Duration::from_secs(60));
    let working = message("spawn");
    let bomb = message("hang-on-a-bomb");
    tokio::select! {
        _ = provider.send(&hanging, &long) => panic!("it never answers"),
        _ = provider.send(&bomb, &long) => panic!("it never answers"),
        sent = provider.send(&working, &long) => json!([late.is_err(), outcome(sent)]),
    }
}

/// Extensions that the plugin knows and that it does not.
async fn extended(provider: &dyn Provider, context: &CallContext) -> Value {
    let mut outcomes = Vec::new();
    for extension in [
        Extension::required("test.known", &json!(1)),
        Extension::optional("test.unknown", &json!(1)),
        Extension::required("test.unknown", &json!(1)),
    ] {
        let message = builder("hello").extension(extension).build();
        let message = message.expect("a message");
        outcomes.push(outcome(provider.send(&message, context).await));
    }
    Value::from(outcomes)
}
