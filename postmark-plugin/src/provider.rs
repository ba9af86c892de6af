//! The plugin: each call of the contract, and where it is answered.

use plugin_api::{
    CallContext, Capabilities, Capability, CheckReport, CreateError, EmailProvider, Event, Host,
    Lookup, Message, Plugin, Receipt, SendError, SentQuery, SuppressionChange, SuppressionEdit,
    SuppressionPage, SuppressionQuery, Unsubscribe, UnsubscribeHandler, UnsubscribeLink,
    WebhookError, WebhookRequest, async_trait,
};

use crate::SERVICE;
use crate::message::{Defaults, Email, Endpoint};
use crate::settings::Settings;
use crate::{answer, batch, check, find_sent, limits, suppressions, unsubscribe, webhook};
use plugin_http::Client;

/// Postmark, one server of it.
pub struct PostmarkPlugin {
    client: Client,
    defaults: Defaults,
    /// The token delivers nothing and leaves no record.
    is_test: bool,
}

impl Plugin for PostmarkPlugin {
    const NAME: &'static str = "postmark";
    const CAPABILITIES: &'static [Capability] = &[
        Capability::MaxBatch,
        Capability::MaxBatchBytes,
        Capability::MaxMessageBytes,
        Capability::Metadata,
        Capability::MaxRecipients,
        Capability::Streams,
        Capability::Suppressions,
        Capability::Tags,
        Capability::Templates,
        Capability::Webhooks,
    ];

    type Settings = Settings;

    fn create(settings: Settings, host: Host) -> Result<Self, CreateError> {
        Ok(Self {
            client: Client::new(&settings.connection(), &settings.credential()?, &host)?,
            defaults: Defaults {
                stream: settings.stream()?.to_owned(),
                track_opens: settings.track_opens,
                track_links: settings.track_links.map(Into::into),
            },
            is_test: settings.is_test_token(),
        })
    }
}

#[async_trait]
impl EmailProvider for PostmarkPlugin {
    fn capabilities(&self) -> Capabilities {
        let limit = |limit: usize| limit as u64;
        let all = Capabilities::new()
            .with_limit(Capability::MaxBatch, limit(batch::MAX_MESSAGES))
            .with_limit(Capability::MaxBatchBytes, limit(batch::MAX_BYTES))
            .with_limit(
                Capability::MaxMessageBytes,
                limit(limits::MAX_MESSAGE_BYTES),
            )
            .with_limit(Capability::MaxRecipients, limit(limits::MAX_RECIPIENTS))
            .with_limit(Capability::Metadata, 10)
            .with_limit(Capability::Tags, 1)
            .with(Capability::Streams)
            .with(Capability::Templates)
            .with(Capability::Suppressions)
            .with(Capability::Webhooks);
        match self.is_test {
            true => all,
            false => all.with(Capability::FindSent),
        }
    }

    async fn send(&self, message: &Message, context: &CallContext) -> Result<Receipt, SendError> {
        let email = Email::of(message, &self.defaults)?;
        let url = self.client.url(match email.endpoint() {
            Endpoint::Email => &["email"],
            Endpoint::Template => &["email", "withTemplate"],
        });
        let mut json = Vec::new();
        email.write_json(&mut json);
        match self.client.post(url, json, context).await {
            Ok(answer) => answer::single(&answer, message),
            Err(failure) => Err(failure.of_send(SERVICE)),
        }
    }

    async fn send_batch(
        &self,
        messages: &[Message],
        context: &CallContext,
    ) -> Vec<Result<Receipt, SendError>> {
        batch::send(&self.client, messages, &self.defaults, context).await
    }

    async fn find_sent(&self, queries: &[SentQuery], context: &CallContext) -> Vec<Lookup> {
        if self.is_test {
            let why = "the test token leaves no record to search";
            return queries.iter().map(|_| Lookup::unknown(why)).collect();
        }
        find_sent::find(&self.client, queries, &self.defaults.stream, context).await
    }

    async fn check(&self, context: &CallContext) -> Result<CheckReport, SendError> {
        match self.is_test {
            true => check::test_token(&self.client, context).await,
            false => check::server(&self.client, &self.defaults, context).await,
        }
    }

    fn parse_webhook(&self, request: &WebhookRequest) -> Result<Vec<Event>, WebhookError> {
        webhook::events(request)
    }

    async fn list_suppressions(
        &self,
        query: &SuppressionQuery,
        context: &CallContext,
    ) -> Result<SuppressionPage, SendError> {
        let stream = query.stream.as_deref().unwrap_or(&self.defaults.stream);
        suppressions::list(&self.client, stream, query, context).await
    }

    async fn add_suppressions(
        &self,
        edit: &SuppressionEdit,
        context: &CallContext,
    ) -> Result<Vec<SuppressionChange>, SendError> {
        let stream = edit.stream.as_deref().unwrap_or(&self.defaults.stream);
        suppressions::add(&self.client, stream, &edit.addresses, context).await
    }

    async fn remove_suppressions(
        &self,
        edit: &SuppressionEdit,
        context: &CallContext,
    ) -> Result<Vec<SuppressionChange>, SendError> {
        let stream = edit.stream.as_deref().unwrap_or(&self.defaults.stream);
        suppressions::remove(&self.client, stream, &edit.addresses, context).await
    }
}

impl UnsubscribeHandler for PostmarkPlugin {
    /// Postmark replaces the tag itself, on every stream that sends.
    fn render_unsubscribe(&self, _stream: Option<&str>) -> Option<UnsubscribeLink> {
        Some(UnsubscribeLink::Canonical)
    }

    fn process_unsubscribe(
        &self,
        request: &WebhookRequest,
    ) -> Result<Option<Vec<Unsubscribe>>, WebhookError> {
        unsubscribe::read(request)
    }
}
