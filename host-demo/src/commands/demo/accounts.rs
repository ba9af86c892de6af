//! Accounts at simulated services, which report to the host what becomes of mails.

use std::net::SocketAddr;

use plugin_testkit::simulator::{
    EventWebhookConfig, PostmarkConfig, RunningSimulator, SendgridConfig, ServerConfig, SigningKey,
    Simulator, SimulatorConfig, Triggers, UnsubscribeGroup, WebhookConfig,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::commands::Failure;

const USER: &str = "hook";
const UNSUBSCRIBES: &str = "/api/DoNotContact/ProcessUnsubscribe";

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

    fn address(&self, path: &str) -> String {
        format!("http://{}{path}", self.host)
    }
}

/// One account at a service, behind one provider of the host.
pub(super) struct Account {
    pub(super) provider: &'static str,
    pub(super) weight: u64,
    /// The plugin that speaks to it.
    pub(super) library: &'static str,
    /// The plugin's settings for this account, but for its address.
    pub(super) settings: Value,
    pub(super) simulator: RunningSimulator,
}

impl Account {
    /// A Postmark server that posts deliveries and the like to the provider's webhook, and unsubscribes to ProcessUnsubscribe.
    pub(super) async fn at_postmark(
        provider: &'static str,
        weight: u64,
        callback: &Callback,
    ) -> Result<Self, Failure> {
        let webhook = |path: &str, triggers: Triggers| {
            WebhookConfig::new(callback.address(path))
                .http_auth(USER, &callback.password)
                .triggers(triggers)
        };
        let mut unsubscribes = Triggers::none();
        unsubscribes.subscription_change = true;
        let mut events = Triggers::default();
        events.subscription_change = false;
        let token = Uuid::new_v4().to_string();
        let server = ServerConfig::new(token.as_str())
            .name(provider)
            .webhook(webhook(&format!("/webhooks/{provider}"), events))
            .webhook(webhook(UNSUBSCRIBES, unsubscribes));
        let config = SimulatorConfig::postmark(PostmarkConfig::with_server(server));
        Ok(Self {
            provider,
            weight,
            library: "postmark",
            settings: json!({ "server_token": token }),
            simulator: Simulator::start(config).await.map_err(Failure::failed)?,
        })
    }

    /// A SendGrid account that does the same with signed events, and has an unsubscribe group.
    pub(super) async fn at_sendgrid(
        provider: &'static str,
        weight: u64,
        callback: &Callback,
    ) -> Result<Self, Failure> {
        const GROUP: u64 = 4711;
        const LEAVING: [&str; 3] = ["unsubscribe", "group_unsubscribe", "group_resubscribe"];
        const THE_REST: [&str; 8] = [
            "processed",
            "deferred",
            "delivered",
            "bounce",
            "dropped",
            "open",
            "click",
            "spamreport",
        ];
        let signing = SigningKey::generate();
        let webhook = |path: &str, events: &[&str]| {
            EventWebhookConfig::new(callback.address(path))
                .http_auth(USER, &callback.password)
                .signed_with(signing.clone())
                .events(events.iter().copied())
        };
        let key = format!("SG.demo.{}", Uuid::new_v4().simple());
        let account = SendgridConfig::with_key(key.as_str())
            .group(UnsubscribeGroup::new(GROUP, "Offers"))
            .webhook(webhook(&format!("/webhooks/{provider}"), &THE_REST))
            .webhook(webhook(UNSUBSCRIBES, &LEAVING));
        let config = SimulatorConfig::sendgrid(account);
        Ok(Self {
            provider,
            weight,
            library: "sendgrid",
            settings: json!({
                "api_key": key,
                "unsubscribe_group": GROUP,
                "webhook_public_keys": [signing.public_key()],
            }),
            simulator: Simulator::start(config).await.map_err(Failure::failed)?,
        })
    }

    /// As the host's configuration has it. No connection is kept: a mail that crosses the hang-up of a service that is switched off would rightly be in
    /// doubt, and the demonstration is about what is certain.
    pub(super) fn table(&self) -> Value {
        let mut settings = self.settings.clone();
        settings["base_url"] = self.simulator.base_url().into();
        settings["idle_timeout_ms"] = 0.into();
        json!({ "library": self.library, "settings": settings })
    }
}
