//! How a simulator is set up.

use std::net::{Ipv4Addr, SocketAddr};

use jiff::Timestamp;

use super::faults::FaultScript;
use super::postmark::PostmarkConfig;
use super::sendgrid::SendgridConfig;
use super::webhooks::WebhookTiming;

/// Everything that can be chosen before the start. [`SimulatorConfig::postmark`] and
/// [`SimulatorConfig::sendgrid`] fill in the rest.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SimulatorConfig {
    /// Where to listen; the default is a free port of 127.0.0.1.
    pub listen: SocketAddr,
    /// What unsubscribe links begin with; the default is the address listened on.
    pub public_url: Option<String>,
    /// How many times faster than real time the simulator's clock runs; 0 stands still until it is advanced. Default 1.
    pub speed: f64,
    /// What the simulator's clock shows at the start; the default is the real time.
    pub started_at: Option<Timestamp>,
    /// Seed for fault rates and webhook disorder. Default 0.
    pub seed: u64,
    /// Faults from the start on.
    pub faults: FaultScript,
    /// The retry schedule of webhooks.
    pub webhooks: WebhookTiming,
    /// Which service, and its accounts.
    pub service: ServiceConfig,
}

/// The service that is simulated.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ServiceConfig {
    /// Postmark.
    Postmark(PostmarkConfig),
    /// SendGrid.
    Sendgrid(SendgridConfig),
}

impl SimulatorConfig {
    /// A Postmark on a free local port, with a clock in real time and no faults.
    #[must_use]
    pub fn postmark(config: PostmarkConfig) -> Self {
        Self::new(ServiceConfig::Postmark(config), WebhookTiming::postmark())
    }

    /// A SendGrid on a free local port, with a clock in real time and no faults.
    #[must_use]
    pub fn sendgrid(config: SendgridConfig) -> Self {
        Self::new(ServiceConfig::Sendgrid(config), WebhookTiming::sendgrid())
    }

    fn new(service: ServiceConfig, webhooks: WebhookTiming) -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            public_url: None,
            speed: 1.0,
            started_at: None,
            seed: 0,
            faults: FaultScript::default(),
            webhooks,
            service,
        }
    }

    /// Listens on this address.
    #[must_use]
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// Runs the clock this many times faster than real time; 0 lets it stand.
    #[must_use]
    pub fn speed(mut self, speed: f64) -> Self {
        self.speed = speed;
        self
    }

    /// Starts the clock at this time.
    #[must_use]
    pub fn started_at(mut self, time: Timestamp) -> Self {
        self.started_at = Some(time);
        self
    }

    /// Begins with these faults.
    #[must_use]
    pub fn faults(mut self, script: impl Into<FaultScript>) -> Self {
        self.faults = script.into();
        self
    }

    /// Seeds the dice.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Retries webhooks on this schedule.
    #[must_use]
    pub fn webhooks(mut self, timing: WebhookTiming) -> Self {
        self.webhooks = timing;
        self
    }
}
