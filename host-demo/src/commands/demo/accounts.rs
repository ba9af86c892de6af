//! Accounts at a simulated service, which report to the host what becomes of mails.

use std::net::SocketAddr;

use plugin_testkit::simulator::{
    PostmarkConfig, RunningSimulator, ServerConfig, Simulator, SimulatorConfig, Triggers,
    WebhookConfig,
};
use uuid::Uuid;

use crate::commands::Failure;

const USER: &str = "hook";

/// Where the host is called back, and the password for it.
pub(super) struct Callback {
    pub(super) host: SocketAddr,
    password: String,
}

impl Callback {
    pub(super) fn to(host: SocketAddr) -> Self {
        let password = Uuid::new_v4().to_string();
        Self { host, password }
    }

    /// As the host's configuration wants it.
    pub(super) fn basic_auth(&self) -> String {
        format!("{USER}:{}", self.password)
    }

    fn webhook(&self, path: &str, triggers: Triggers) -> WebhookConfig {
        WebhookConfig::new(format!("http://{}{path}", self.host))
            .http_auth(USER, &self.password)
            .triggers(triggers)
    }
}

/// One account, behind one provider of the host.
pub(super) struct Account {
    pub(super) provider: &'static str,
    pub(super) weight: u64,
    pub(super) token: String,
    pub(super) simulator: RunningSimulator,
}

impl Account {
    /// Posts deliveries and the like to the provider's webhook, and unsubscribes to ProcessUnsubscribe.
    pub(super) async fn open(
        provider: &'static str,
        weight: u64,
        callback: &Callback,
    ) -> Result<Self, Failure> {
        let mut unsubscribes = Triggers::none();
        unsubscribes.subscription_change = true;
        let mut events = Triggers::default();
        events.subscription_change = false;
        let token = Uuid::new_v4().to_string();
        let server = ServerConfig::new(token.as_str())
            .name(provider)
            .webhook(callback.webhook(&format!("/webhooks/{provider}"), events))
            .webhook(callback.webhook("/api/DoNotContact/ProcessUnsubscribe", unsubscribes));
        let config = SimulatorConfig::postmark(PostmarkConfig::with_server(server));
        Ok(Self {
            provider,
            weight,
            token,
            simulator: Simulator::start(config).await.map_err(Failure::failed)?,
        })
    }
}
