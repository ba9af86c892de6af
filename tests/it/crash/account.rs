//! The service's side: an account whose search lags, and what goes wrong there.

use std::net::SocketAddr;
use std::time::Duration;

use plugin_api::Timestamp;
use plugin_testkit::simulator::{
    Fault, FaultRule, PostmarkConfig, RunningSimulator, ServerConfig, Simulator, SimulatorConfig,
    Triggers, WebhookConfig, WebhookTiming,
};
use serde_json::json;

use crate::support::service::{HOOK, SERVICE_TOKEN};

/// What goes wrong at the service, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    Nothing,
    AcceptThenDrop,
    ErrorAfterAcceptance,
    TooMany,
    Hang,
    /// The addresses of every second message are suppressed.
    HalfABatch,
}

impl Trouble {
    pub(super) const ALL: [Self; 6] = [
        Self::Nothing,
        Self::AcceptThenDrop,
        Self::ErrorAfterAcceptance,
        Self::TooMany,
        Self::Hang,
        Self::HalfABatch,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Nothing => "none",
            Self::AcceptThenDrop => "accept, then drop",
            Self::ErrorAfterAcceptance => "500 after acceptance",
            Self::TooMany => "429",
            Self::Hang => "hang",
            Self::HalfABatch => "half a batch failing",
        }
    }

    fn fault(self) -> Option<Fault> {
        match self {
            Self::Nothing | Self::HalfABatch => None,
            Self::AcceptThenDrop => Some(Fault::DropAfterAccept {}),
            Self::ErrorAfterAcceptance => Some(Fault::ServerError { accepted: true }),
            Self::TooMany => Some(Fault::Throttled {
                retry_after_secs: Some(1),
            }),
            Self::Hang => Some(Fault::Hang { accepted: true }),
        }
    }
}

/// How far the search lags behind, and who hears of deliveries.
pub(super) struct Account {
    pub(super) indexing_delay: Duration,
    /// The host, and its name for this account.
    pub(super) webhooks_to: Option<(SocketAddr, &'static str)>,
}

impl Account {
    pub(super) async fn open(self, trouble: Trouble) -> RunningSimulator {
        let mut server = ServerConfig::new(SERVICE_TOKEN);
        if let Some((host, name)) = self.webhooks_to {
            let (user, password) = HOOK;
            let mut deliveries = Triggers::none();
            deliveries.delivery = true;
            let url = format!("http://{host}/webhooks/{name}");
            let webhook = WebhookConfig::new(url).http_auth(user, password);
            server = server.webhook(webhook.triggers(deliveries));
        }
        let postmark = PostmarkConfig::with_server(server).indexing_delay(self.indexing_delay);
        // The host may be away for a while.
        let timing = WebhookTiming {
            retries: vec![Duration::from_millis(250); 400],
            ..WebhookTiming::default()
        };
        let config = SimulatorConfig::postmark(postmark)
            .started_at(ahead())
            .webhooks(timing);
        let simulator = Simulator::start(config).await.expect("a free port");
        if let Some(fault) = trouble.fault() {
            let sending = FaultRule::new(fault).path("/email*").times(1);
            simulator.faults().add(sending);
        }
        simulator
    }
}

/// Puts addresses on the service's own suppression list.
pub(super) async fn suppress(simulator: &RunningSimulator, addresses: &[String]) {
    let entries: Vec<_> = addresses
        .iter()
        .map(|address| json!({ "EmailAddress": address }))
        .collect();
    let url = format!(
        "{}/message-streams/outbound/suppressions",
        simulator.base_url()
    );
    let answer = reqwest::Client::new()
        .post(url)
        .header("X-Postmark-Server-Token", SERVICE_TOKEN)
        .json(&json!({ "Suppressions": entries }))
        .send()
        .await
        .expect("an answer");
    assert!(answer.status().is_success(), "{answer:?}");
}

/// The plugin allows half a minute between the clocks; a service whose clock is ahead by most of it spares a test that wait.
pub(super) fn ahead() -> Timestamp {
    Timestamp::now() + Duration::from_secs(25)
}
