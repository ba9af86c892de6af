//! A plugin, a message, a deadline, and servers to talk to.

use std::time::Duration;

use plugin_api::serde_json::{Value, from_value, json};
use plugin_api::{CallContext, Host, Mailbox, Message, MessageBuilder, Plugin as _, TrackingId};
use sendgrid_plugin::SendGridPlugin;

pub(crate) use plugin_testkit::wire;
use wire::{Step, answer_with};

pub(crate) mod signer;

pub(crate) const KEY: &str = "SG.an-id_of-the-key.11111111222244443333888855555555";
pub(crate) const TRACKING_ID: &str = "0b9d3f2e-6a0e-4b52-8a53-5d0c1b9f7e21";

/// Long enough for a slow machine; nothing is measured by it.
const DEADLINE: Duration = Duration::from_secs(180);

/// The plugin's settings, with further ones.
pub(crate) fn settings(base_url: &str, further: &Value) -> sendgrid_plugin::Settings {
    let mut all = json!({ "api_key": KEY, "base_url": base_url });
    for (key, value) in further.as_object().unwrap() {
        all[key] = value.clone();
    }
    from_value(all).unwrap()
}

/// A plugin that talks to this address, with further settings.
pub(crate) fn plugin_with(base_url: &str, further: Value) -> SendGridPlugin {
    let host = Host::new("sendgrid-main", "tests 1.0");
    SendGridPlugin::create(settings(base_url, &further), host).unwrap()
}

pub(crate) fn plugin(base_url: &str) -> SendGridPlugin {
    plugin_with(base_url, json!({}))
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

/// What SendGrid answers when it accepts.
pub(crate) fn accepted(request_id: &str) -> Step {
    let headers = format!("Date: Mon, 02 Mar 2026 14:15:42 GMT\r\nX-Message-Id: {request_id}\r\n");
    answer_with(202, &headers, "")
}

/// What SendGrid answers when it finds fault with a field.
pub(crate) fn fault(status: u16, field: &Value, text: &str) -> Step {
    let body = json!({ "errors": [{ "message": text, "field": field, "help": null }] });
    wire::json(status, &body.to_string())
}

pub(crate) fn mailbox(address: &str) -> Mailbox {
    Mailbox::new(address).unwrap()
}

pub(crate) fn named(address: &str, name: &str) -> Mailbox {
    mailbox(address).named(name).unwrap()
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

/// A small message to Ann, to be changed.
pub(crate) fn small() -> MessageBuilder {
    blank()
        .to(mailbox("ann@example.com"))
        .text_body("Hello Ann")
}

/// A small message to Ann.
pub(crate) fn message() -> Message {
    small().build().unwrap()
}

/// A small message to Ann under an id of its own.
pub(crate) fn numbered(number: u128) -> Message {
    small().tracking_id(id(number)).build().unwrap()
}
