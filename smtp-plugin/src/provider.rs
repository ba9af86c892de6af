//! The plugin: each call of the contract, and where it is answered.

use std::time::Duration;

use plugin_api::{
    CallContext, Capabilities, Capability, CheckReport, CreateError, EmailProvider, Host, Message,
    Plugin, Receipt, SendError, UnsubscribeHandler, async_trait,
};

use crate::client::Client;
use crate::message::{Defaults, Email};
use crate::parameters::Notifications;
use crate::settings::{DsnNotify, Settings};
use crate::{batch, check, dkim, transaction};

/// One submission server, as one user.
pub struct SmtpPlugin {
    client: Client,
    defaults: Defaults,
    notifications: Notifications,
    settings: Settings,
}

impl Plugin for SmtpPlugin {
    const NAME: &'static str = "smtp";
    const CAPABILITIES: &'static [Capability] = &[Capability::MaxBatch];

    type Settings = Settings;

    fn create(settings: Settings, _host: Host) -> Result<Self, CreateError> {
        settings.check_notify()?;
        let words: Vec<&str> = settings
            .dsn_notify
            .iter()
            .map(|it| DsnNotify::word(*it))
            .collect();
        Ok(Self {
            client: Client::new(&settings)?,
            defaults: Defaults {
                return_path: settings.return_path()?,
                message_id_domain: settings.message_id_domain()?,
                dkim: dkim::config(&settings)?,
            },
            notifications: Notifications {
                notify: words.join(","),
                returned: settings.dsn_return.word(),
            },
            settings,
        })
    }

    async fn shutdown(&self, grace: Duration) {
        self.client.close(grace).await;
    }
}

impl SmtpPlugin {
    /// How many messages can be on their way at a time.
    pub(crate) fn connections(&self) -> usize {
        self.settings.max_connections
    }

    pub(crate) async fn send_one(
        &self,
        message: &Message,
        context: &CallContext,
    ) -> Result<Receipt, SendError> {
        let until = Client::deadline(context);
        let email = Email::of(message, &self.defaults)?;
        transaction::send(&self.client, &email, &self.notifications, until).await
    }
}

#[async_trait]
impl EmailProvider for SmtpPlugin {
    /// SMTP has neither search, webhooks, suppressions, streams nor templates, and its limits are known only once connected.
    fn capabilities(&self) -> Capabilities {
        Capabilities::new().with_limit(Capability::MaxBatch, batch::MAX_MESSAGES)
    }

    async fn send(&self, message: &Message, context: &CallContext) -> Result<Receipt, SendError> {
        self.send_one(message, context).await
    }

    async fn send_batch(
        &self,
        messages: &[Message],
        context: &CallContext,
    ) -> Vec<Result<Receipt, SendError>> {
        batch::send(self, messages, context).await
    }

    async fn check(&self, context: &CallContext) -> Result<CheckReport, SendError> {
        check::server(&self.client, &self.settings, context).await
    }
}

/// No link of its own: the host puts its own, in the bodies and as List-Unsubscribe.
impl UnsubscribeHandler for SmtpPlugin {}
