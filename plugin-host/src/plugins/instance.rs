//! A provider as the host holds it: made by a plugin, known by its configured name.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use async_trait::async_trait;
use plugin_api::abi::ForeignProvider;
use plugin_api::{
    CallContext, Capabilities, CheckReport, EmailProvider, Event, Lookup, Message, Receipt,
    SendError, SentQuery, SuppressionChange, SuppressionEdit, SuppressionPage, SuppressionQuery,
    Unsubscribe, UnsubscribeHandler, UnsubscribeLink, WebhookError, WebhookRequest,
};

use super::{PluginIdentity, Redactor};

/// A provider made by a loaded plugin.
///
/// Keeps the promises of [`EmailProvider`] whatever the plugin does: calls end at their hard deadline, panics are errors, and errors
/// hold none of the settings that are secrets. Its asynchronous calls need a tokio runtime with timers.
///
/// [`EmailProvider::parse_webhook`] and [`UnsubscribeHandler::process_unsubscribe`] run the plugin on the calling thread: call them from
/// one that may wait (`spawn_blocking`), with a time limit of your own.
///
/// Dropping it returns at once; the plugin's destructor runs on a thread of its own, so that one that hangs keeps nobody.
pub struct ProviderInstance {
    name: String,
    plugin: Arc<PluginIdentity>,
    redactor: Arc<Redactor>,
    /// `None` only while it is being dropped.
    foreign: Option<ForeignProvider>,
}

impl ProviderInstance {
    pub(super) fn new(
        name: &str,
        plugin: Arc<PluginIdentity>,
        foreign: ForeignProvider,
        redactor: Arc<Redactor>,
    ) -> Self {
        Self {
            name: name.to_owned(),
            plugin,
            redactor,
            foreign: Some(foreign),
        }
    }

    /// The provider's configured name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Which build of which plugin made it.
    pub fn plugin(&self) -> &Arc<PluginIdentity> {
        &self.plugin
    }

    /// Tells the plugin to finish what it has begun; returns when it has, or after the grace. Drop the instance next.
    pub async fn shutdown(&self, grace: Duration) {
        self.foreign().shutdown(grace).await;
    }

    fn foreign(&self) -> &ForeignProvider {
        self.foreign.as_ref().expect("present until drop")
    }

    fn clean<T>(&self, result: Result<T, SendError>) -> Result<T, SendError> {
        result.map_err(|error| self.redactor.send_error(error))
    }
}

impl std::fmt::Debug for ProviderInstance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProviderInstance")
            .field("name", &self.name)
            .field("plugin", &self.plugin)
            .finish_non_exhaustive()
    }
}

impl Drop for ProviderInstance {
    fn drop(&mut self) {
        let foreign = self.foreign.take();
        let name = format!("drop {}", self.name);
        // Without a thread the closure is dropped here, and the provider with it.
        let _ = thread::Builder::new()
            .name(name)
            .spawn(move || drop(foreign));
    }
}

#[async_trait]
impl EmailProvider for ProviderInstance {
    fn capabilities(&self) -> Capabilities {
        self.foreign().capabilities()
    }

    async fn send(&self, message: &Message, context: &CallContext) -> Result<Receipt, SendError> {
        self.clean(self.foreign().send(message, context).await)
    }

    async fn send_batch(
        &self,
        messages: &[Message],
        context: &CallContext,
    ) -> Vec<Result<Receipt, SendError>> {
        let results = self.foreign().send_batch(messages, context).await;
        results
            .into_iter()
            .map(|result| self.clean(result))
            .collect()
    }

    async fn find_sent(&self, queries: &[SentQuery], context: &CallContext) -> Vec<Lookup> {
        let found = self.foreign().find_sent(queries, context).await;
        let clean = |lookup| self.redactor.lookup(lookup);
        found.into_iter().map(clean).collect()
    }

    async fn check(&self, context: &CallContext) -> Result<CheckReport, SendError> {
        self.clean(self.foreign().check(context).await)
    }

    fn parse_webhook(&self, request: &WebhookRequest) -> Result<Vec<Event>, WebhookError> {
        let parsed = self.foreign().parse_webhook(request);
        parsed.map_err(|error| self.redactor.webhook_error(error))
    }

    async fn list_suppressions(
        &self,
        query: &SuppressionQuery,
        context: &CallContext,
    ) -> Result<SuppressionPage, SendError> {
        let page = self.foreign().list_suppressions(query, context);
        self.clean(page.await)
    }

    async fn add_suppressions(
        &self,
        edit: &SuppressionEdit,
        context: &CallContext,
    ) -> Result<Vec<SuppressionChange>, SendError> {
        let changes = self.foreign().add_suppressions(edit, context);
        self.clean(changes.await)
    }

    async fn remove_suppressions(
        &self,
        edit: &SuppressionEdit,
        context: &CallContext,
    ) -> Result<Vec<SuppressionChange>, SendError> {
        let changes = self.foreign().remove_suppressions(edit, context);
        self.clean(changes.await)
    }
}

impl UnsubscribeHandler for ProviderInstance {
    fn render_unsubscribe(&self, stream: Option<&str>) -> Option<UnsubscribeLink> {
        self.foreign().render_unsubscribe(stream)
    }

    fn process_unsubscribe(
        &self,
        request: &WebhookRequest,
    ) -> Result<Option<Vec<Unsubscribe>>, WebhookError> {
        let read = self.foreign().process_unsubscribe(request);
        read.map_err(|error| self.redactor.webhook_error(error))
    }
}
