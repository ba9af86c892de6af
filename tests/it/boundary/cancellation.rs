//! Dropping a call stops its work in the plugin, and dropping a provider stops all of it.

use std::time::Duration;

use plugin_api::{CallContext, EmailProvider, SendErrorKind};
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

/// What the call holds panics when it is dropped, with a payload that panics when it is dropped, and so on.
#[tokio::test]
async fn a_dropped_call_that_panics_on_its_way_out_disturbs_nobody() {
    let line = Line::open();
    let provider = hostile("dropped", json!({ "signal": line.address() })).await;
    let caller = line.answer();
    let (hanging, context) = (message("hang-on-a-bomb"), context());
    let began = spawn_blocking(move || {
        caller.hear_out("send began hang-on-a-bomb");
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
async fn a_call_whose_deadline_has_passed_never_begins_and_is_not_in_doubt() {
    let line = Line::open();
    let provider = hostile("late", json!({ "signal": line.address() })).await;
    let caller = line.answer();
    let late = CallContext::new(Duration::ZERO, Duration::ZERO);
    let error = provider.send(&message("late"), &late).await;
    let error = error.expect_err("it is too late");
    assert_eq!(error.kind, SendErrorKind::Unavailable);
    assert!(
        error.message.starts_with("the call was never begun"),
        "{error}"
    );
    let sent = provider.send(&message("hello"), &context()).await;
    sent.expect("the provider works");
    assert!(caller.hear().starts_with("created late for "));
    assert_eq!(caller.hear(), "send began hello");
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
    provider.shutdown(Duration::from_secs(60)).await;
    caller.hear_out("shutdown within 60000 ms");
    drop(provider);
    caller.hear_out("destroyed");
    assert!(caller.has_hung_up(), "it said something after its end");
}
