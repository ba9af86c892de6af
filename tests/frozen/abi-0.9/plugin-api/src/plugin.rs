//! The trait that makes a provider a plugin.

use std::future::Future;
use std::time::Duration;

use crate::{Capability, CreateError, EmailProvider, Host, UnsubscribeHandler};

/// A provider that can be made from settings. With [`export_plugin!`](crate::export_plugin) it becomes a shared library that any host
/// of the same ABI loads.
///
/// # What implementers may rely on
/// - Every call, `create` and the destructor run inside a tokio runtime that belongs to this instance alone; `tokio::spawn` works, and
///   tasks that are still running end with the instance (blocking ones and threads of your own do not: end them in `shutdown`). What a call has spawned does not end with the call: abort it when the call's
///   future is dropped, or mail may leave after the host has turned to another provider.
/// - Panics are caught and reported to the host with their text. What Rust cannot catch ends the host: a panic in a destructor while
///   another panic unwinds, a stack overflow, memory that runs out, `process::exit`, a panic in an `extern "C"` callback.
pub trait Plugin: EmailProvider + UnsubscribeHandler + Sized + 'static {
    /// The name by which configurations find this plugin: lower-case letters, digits and hyphens, such as `postmark`.
    const NAME: &'static str;

    /// What every instance can do, whatever its settings; readable from the file without loading it.
    const CAPABILITIES: &'static [Capability] = &[];

    /// Keys of extensions of messages, attachments, templates and calls that this plugin obeys; a required one that is not listed is
    /// refused for it.
    const EXTENSIONS: &'static [&'static str] = &[];

    /// What an operator configures. Mark the struct with `#[plugin_api::settings]`.
    type Settings: serde::de::DeserializeOwned + schemars::JsonSchema;

    /// Makes an instance. Must not talk to the service (that is what `check` is for) and must not block.
    ///
    /// # Errors
    /// When the settings cannot work; names the setting and says what to do.
    fn create(settings: Self::Settings, host: Host) -> Result<Self, CreateError>;

    /// Called once before the instance is dropped; may finish work within `grace`.
    fn shutdown(&self, grace: Duration) -> impl Future<Output = ()> + Send {
        let _ = grace;
        std::future::ready(())
    }
}
