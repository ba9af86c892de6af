//! Dropping a call stops its work in the plugin, and dropping a provider stops all of it.

use plugin_api::EmailProvider;
use serde_json::json;
use tokio::task::spawn_blocking;

use super::{context, message};
use crate::support::{Line, hostile};

#[tokio::test]
async fn a_dropped_call_stops_the_plugins_work() {
    let line = Line::open();
    let provider = hostile("dropped", json!({ "signal": line.address() })).await;
    let caller = line.answer();
    let (hanging, context) = (message("hang"), context());
    let began = spawn_blocking(move || {
        caller.hear_out("send began hang");
        caller
    });
    let caller = tokio::select! {
        _ = provider.send(&hanging, &context) => panic!("it never answers"),
        caller = began => caller.expect("it is heard"),
    };
    caller.hear_out("send ended");
    let sent = provider.send(&message("hello"), &context).await;
    sent.expect("the provider goes on");
}

#[tokio::test]
async fn a_call_that_was_dropped_before_it_began_never_begins() {
    let line = Line::open();
    let provider = hostile("dropped", json!({ "signal": line.address() })).await;
    let caller = line.answer();
    drop(provider.send(&message("hang"), &context()));
    let sent = provider.send(&message("hello"), &context()).await;
    sent.expect("the provider works");
    assert!(caller.hear().starts_with("created dropped for "));
    assert_eq!(caller.hear(), "send began hello");
}

#[tokio::test]
async fn a_hosts_runtime_that_ends_takes_its_calls_along() {
    let line = Line::open();
    let provider = hostile("outlives", json!({ "signal": line.address() })).await;
    let provider = std::sync::Arc::new(provider);
    let caller = line.answer();
    let hosts = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let calling = provider.clone();
    hosts.spawn(async move { calling.send(&message("hang"), &context()).await });
    caller.hear_out("send began hang");
    hosts.shutdown_background();
    caller.hear_out("send ended");
    let sent = provider.send(&message("hello"), &context()).await;
    sent.expect("the provider outlives that runtime");
}

#[tokio::test]
async fn shutdown_is_told_the_grace_and_dropping_hangs_up() {
    let line = Line::open();
    let provider = hostile("ends", json!({ "signal": line.address() })).await;
    let caller = line.answer();
    provider.shutdown(std::time::Duration::from_secs(60)).await;
    caller.hear_out("shutdown within 60000 ms");
    drop(provider);
    caller.hear_out("destroyed");
    assert!(caller.has_hung_up(), "it said something after its end");
}
