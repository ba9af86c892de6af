//! A plugin, a message, a deadline, and servers to talk to.

use std::future::Future;
use std::time::Duration;

use plugin_api::serde_json::{Value, from_value, json};
use plugin_api::{
    CallContext, EmailProvider as _, Host, Mailbox, Message, MessageBuilder, Plugin as _, Receipt,
    SendError, TrackingId,
};
use plugin_testkit::smtp::SmtpStandIn;
use smtp_plugin::SmtpPlugin;

pub(crate) mod authority;
pub(crate) mod python;

pub(crate) const TRACKING_ID: &str = "0b9d3f2e-6a0e-4b52-8a53-5d0c1b9f7e21";
/// What a well-equipped server offers.
pub(crate) const OFFERS: [&str; 6] = [
    "SIZE 10000000",
    "8BITMIME",
    "SMTPUTF8",
    "DSN",
    "ENHANCEDSTATUSCODES",
    "AUTH PLAIN LOGIN XOAUTH2",
];

/// Long enough for a slow machine; nothing is measured by it.
const DEADLINE: Duration = Duration::from_secs(180);

pub(crate) async fn server() -> SmtpStandIn {
    server_with(&OFFERS).await
}

pub(crate) async fn server_with(offers: &[&str]) -> SmtpStandIn {
    SmtpStandIn::start(offers).await.unwrap()
}

/// A plugin that talks to this port of 127.0.0.1 in the clear, unless further settings say otherwise.
pub(crate) fn plugin_at(port: u16, settings: Value) -> SmtpPlugin {
    let all = json!({ "host": "127.0.0.1", "port": port, "tls": "none", "hello_name": "tests.example.com" });
    created(merged(all, &settings)).unwrap()
}

pub(crate) fn created(settings: Value) -> Result<SmtpPlugin, plugin_api::CreateError> {
    SmtpPlugin::create(
        from_value(settings).unwrap(),
        Host::new("smtp-main", "tests 1.0"),
    )
}

pub(crate) fn merged(mut all: Value, more: &Value) -> Value {
    for (key, value) in more.as_object().unwrap() {
        all[key] = value.clone();
    }
    all
}

pub(crate) fn plugin_with(server: &SmtpStandIn, settings: Value) -> SmtpPlugin {
    plugin_at(server.address().port(), settings)
}

pub(crate) fn plugin(server: &SmtpStandIn) -> SmtpPlugin {
    plugin_with(server, json!({}))
}

/// Sends with all the time in the world.
pub(crate) async fn send(plugin: &SmtpPlugin, message: &Message) -> Result<Receipt, SendError> {
    in_time("the outcome", plugin.send(message, &context())).await
}

/// The error of a send that must fail.
pub(crate) async fn refused(plugin: &SmtpPlugin, message: &Message) -> SendError {
    send(plugin, message).await.expect_err("it is refused")
}

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
    let id = TrackingId::from_bytes(number.to_be_bytes());
    builder.tracking_id(id).build().unwrap()
}
