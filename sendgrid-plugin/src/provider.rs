//! The plugin: each call of the contract, and where it is answered.

use plugin_api::{
    CallContext, Capabilities, Capability, CheckReport, CreateError, EmailProvider, Event, Host,
    Lookup, Message, Plugin, Receipt, SendError, SentQuery, SuppressionChange, SuppressionEdit,
    SuppressionPage, SuppressionQuery, Unsubscribe, UnsubscribeHandler, UnsubscribeLink,
    WebhookError, WebhookRequest, async_trait, crm_unsubscribe,
};
use plugin_http::Client;

use crate::find_sent::Turn;
use crate::message::Defaults;
use crate::settings::Settings;
use crate::webhook::Signed;
use crate::{batch, check, find_sent, limits, suppressions, unsubscribe, webhook};

/// SendGrid, one account or subuser of it.
pub struct SendGridPlugin {
    client: Client,
    defaults: Defaults,
    key_id: Option<String>,
    activity_search: bool,
    turn: Turn,
    signed: Option<Signed>,
}

impl Plugin for SendGridPlugin {
    const NAME: &'static str = "sendgrid";
    const CAPABILITIES: &'static [Capability] = &[
        Capability::MaxBatch,
        Capability::MaxMessageBytes,
        Capability::MaxRecipients,
        Capability::Tags,
        Capability::Templates,
        Capability::Suppressions,
        Capability::Webhooks,
    ];

    type Settings = Settings;

    fn create(settings: Settings, host: Host) -> Result<Self, CreateError> {
        let link = settings.link()?;
        Ok(Self {
            client: Client::new(&settings.connection(), &settings.credential()?, &host)?,
            defaults: Defaults {
                link,
                track_opens: settings.track_opens,
                track_links: settings.track_links.map(Into::into),
                sandbox: settings.sandbox,
            },
            key_id: settings.key_id().map(str::to_owned),
            activity_search: settings.searches()?,
            turn: Turn::default(),
            signed: settings.signed()?,
        })
    }
}

#[async_trait]
impl EmailProvider for SendGridPlugin {
    fn capabilities(&self) -> Capabilities {
        let limit = |limit: usize| limit as u64;
        let mut all = Capabilities::new()
            .with_limit(Capability::MaxBatch, limit(batch::MAX_MESSAGES))
            .with_limit(
                Capability::MaxMessageBytes,
                limit(limits::MAX_REQUEST_BYTES),
            )
            .with_limit(Capability::MaxRecipients, limit(limits::MAX_RECIPIENTS))
            .with_limit(Capability::Tags, 1)
            .with(Capability::Templates)
            .with(Capability::Suppressions)
            .with(Capability::Webhooks);
        if self.activity_search && !self.defaults.sandbox {
            all = all.with(Capability::FindSent);
        }
        if self.signed.is_some() {
            all = all.with(Capability::WebhookSignatures);
        }
        all
    }

    async fn send(&self, message: &Message, context: &CallContext) -> Result<Receipt, SendError> {
        let alone = std::slice::from_ref(message);
        let outcomes = batch::send(&self.client, alone, &self.defaults, context).await;
        outcomes
            .into_iter()
            .next()
            .expect("one outcome for each message")
    }

    async fn send_batch(
        &self,
        messages: &[Message],
        context: &CallContext,
    ) -> Vec<Result<Receipt, SendError>> {
        batch::send(&self.client, messages, &self.defaults, context).await
    }

    async fn find_sent(&self, queries: &[SentQuery], context: &CallContext) -> Vec<Lookup> {
        let why = match (self.activity_search, self.defaults.sandbox) {
            (true, false) => {
                return find_sent::find(&self.client, queries, &self.turn, context).await;
            }
            (_, true) => "sandbox mode sends nothing, so there is nothing to find",
            (false, _) => {
                "searching needs SendGrid's Email Activity add-on and `activity_search = true`; without it webhooks settle doubts"
            }
        };
        queries.iter().map(|_| Lookup::unknown(why)).collect()
    }

    async fn check(&self, context: &CallContext) -> Result<CheckReport, SendError> {
        let key_id = self.key_id.as_deref();
        check::account(&self.client, key_id, self.defaults.sandbox, context).await
    }

    fn parse_webhook(&self, request: &WebhookRequest) -> Result<Vec<Event>, WebhookError> {
        self.verify(request)?;
        webhook::events(request)
    }

    async fn list_suppressions(
        &self,
        query: &SuppressionQuery,
        context: &CallContext,
    ) -> Result<SuppressionPage, SendError> {
        suppressions::list(&self.client, self.defaults.link, query, context).await
    }

    async fn add_suppressions(
        &self,
        edit: &SuppressionEdit,
        context: &CallContext,
    ) -> Result<Vec<SuppressionChange>, SendError> {
        suppressions::add(&self.client, self.defaults.link, edit, context).await
    }

    async fn remove_suppressions(
        &self,
        edit: &SuppressionEdit,
        context: &CallContext,
    ) -> Result<Vec<SuppressionChange>, SendError> {
        suppressions::remove(&self.client, self.defaults.link, edit, context).await
    }
}

impl UnsubscribeHandler for SendGridPlugin {
    /// The same on every stream: SendGrid has none.
    fn render_unsubscribe(&self, _stream: Option<&str>) -> Option<UnsubscribeLink> {
        self.defaults.link.placeholder()
    }

    /// The events of a webhook, where SendGrid posts them to the address for unsubscribes; else the CRM's payload.
    fn process_unsubscribe(
        &self,
        request: &WebhookRequest,
    ) -> Result<Option<Vec<Unsubscribe>>, WebhookError> {
        if !webhook::is_events(request) {
            return crm_unsubscribe(request);
        }
        self.verify(request)?;
        let events = webhook::events(request)?.into_iter();
        let unsubscribes =
            events.filter_map(|event| unsubscribe::of_event(event, request.received_at));
        Ok(Some(unsubscribes.collect()))
    }
}

impl SendGridPlugin {
    /// Lets only signed requests through, where there is a key to judge them by.
    fn verify(&self, request: &WebhookRequest) -> Result<(), WebhookError> {
        match &self.signed {
            Some(signed) => signed.verify(request),
            None => Ok(()),
        }
    }
}
