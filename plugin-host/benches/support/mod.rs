//! What the benchmarks share: the plugin, built and loaded as a host would, and messages.

mod build;

use std::time::Duration;

use plugin_api::{Attachment, CallContext, Mailbox, Message, TrackingId};
use plugin_host::{LoaderConfig, PluginFile, PluginLoader, ProviderInstance};
use serde_json::json;

/// Some kilobytes of HTML, as most mail is.
pub(crate) const BODY: usize = 5 * 1024;

/// An instance of the plugin that accepts everything, out of a library built just now.
pub(crate) async fn noop_plugin(features: &str, work: &str) -> ProviderInstance {
    let library = build::noop_plugin(features);
    let copies = tempfile::tempdir().expect("a temporary folder");
    let mut config = LoaderConfig::new(copies.path().join("copies"));
    config.allow_unsigned = true;
    let file = PluginFile::read(&library).expect("it is a plugin");
    let plugin = PluginLoader::new(config)
        .load(&file)
        .expect("it can be loaded");
    plugin
        .create("noop", &json!({ "work": work }))
        .await
        .expect("its constructor is content")
}

/// A message with a body, and an attachment of this many bytes if any.
pub(crate) fn message(attachment: usize) -> Message {
    let address = |text: &str| Mailbox::new(text).expect("an address");
    let mut builder = Message::builder()
        .from(address("sales@example.com"))
        .to(address("ann@example.com"))
        .subject("Your appointment")
        .html_body("x".repeat(BODY))
        .tracking_id(TrackingId::from_bytes([7; 16]));
    if attachment > 0 {
        let file = Attachment::new("a.pdf", "application/pdf", vec![1; attachment]);
        builder = builder.add_attachment(file);
    }
    builder.build().expect("a message")
}

/// The deadlines a host sets by default.
pub(crate) fn context() -> CallContext {
    CallContext::new(Duration::from_secs(30), Duration::from_secs(120))
}
