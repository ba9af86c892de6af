//! A plugin, a message, a deadline, and servers to talk to.

use std::future::Future;
use std::time::Duration;

use plugin_api::serde_json::{Value, from_value, json};
use plugin_api::{CallContext, Host, Mailbox, Message, MessageBuilder, Plugin as _, TrackingId};
use plugin_testkit::simulator::{PostmarkConfig, RunningSimulator, Simulator, SimulatorConfig};
use postmark_plugin::PostmarkPlugin;

pub(crate) use plugin_testkit::wire;

pub(crate) mod tls;

pub(crate) const TOKEN: &str = "11111111-2222-4333-8444-555555555555";
pub(crate) const TRACKING_ID: &str = "0b9d3f2e-6a0e-4b52-8a53-5d0c1b9f7e21";
pub(crate) const MESSAGE_ID: &str = "5f0f6d4e-2a53-4c64-9d0c-0e6a4a1d7a10";

/// Long enough for a slow machine; nothing is measured by it.
const DEADLINE: Duration = Duration::from_secs(180);

/// A plugin that talks to this address, with further settings.
pub(crate) fn plugin_with(base_url: &str, settings: Value) -> PostmarkPlugin {
    let mut all = json!({ "server_token": TOKEN, "base_url": base_url });
    for (key, value) in settings.as_object().unwrap() {
        all[key] = value.clone();
    }
    let settings = from_value(all).unwrap();
    PostmarkPlugin::create(settings, Host::new("postmark-main", "tests 1.0")).unwrap()
}

pub(crate) fn plugin(base_url: &str) -> PostmarkPlugin {
    plugin_with(base_url, json!({}))
}

/// A simulator with one server under [`TOKEN`].
pub(crate) async fn simulator() -> RunningSimulator {
    simulator_with(PostmarkConfig::with_token(TOKEN)).await
}

pub(crate) async fn simulator_with(config: PostmarkConfig) -> RunningSimulator {
    Simulator::start(SimulatorConfig::postmark(config))
        .await
        .unwrap()
}

/// A call with all the time in the world.
pub(crate) fn context() -> CallContext {
    CallContext::new(DEADLINE, DEADLINE)
}

/// Fails the test instead of waiting for ever.
pub(crate) async fn in_time<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(DEADLINE, future).await {
        Ok(value) => value,
        Err(_) => panic!("{what} did not happen within {DEADLINE:?}"),
    }
}

pub(crate) fn mailbox(address: &str) -> Mailbox {
    Mailbox::new(address).unwrap()
}

pub(crate) fn id(number: u128) -> TrackingId {
    TrackingId::from_bytes(number.to_be_bytes())
}

/// A message from `sales@example.com` that lacks nothing but recipients and a body.
pub(crate) fn blank() -> MessageBuilder {
    Message::builder()
        .from(mailbox("sales@example.com"))
        .subject("Hello")
        .tracking_id(TRACKING_ID.parse::<TrackingId>().unwrap())
        .unsubscribe_tag(false)
}

/// A small message to these people.
pub(crate) fn message_to(addresses: &[&str]) -> Message {
    let with_body = blank().text_body("Hello Ann");
    let builder = addresses
        .iter()
        .fold(with_body, |builder, address| builder.to(mailbox(address)));
    builder.build().unwrap()
}

/// A small message to Ann.
pub(crate) fn message() -> Message {
    message_to(&["ann@example.com"])
}

/// A small message to Ann under an id of its own.
pub(crate) fn numbered(number: u128) -> Message {
    let builder = blank()
        .to(mailbox("ann@example.com"))
        .text_body("Hello Ann");
    builder.tracking_id(id(number)).build().unwrap()
}
