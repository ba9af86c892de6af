//! Starting, stopping and reaching into a simulator.

use std::net::SocketAddr;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::Mutex;

use super::clock::Clock;
use super::config::{ServiceConfig, SimulatorConfig};
use super::control;
use super::exchange::Exchange;
use super::faults::Faults;
use super::ledger::Ledger;
use super::listener::{Listening, bind};
use super::mailbox::DeliveredCopy;
use super::postmark::Postmark;
use super::sendgrid::Sendgrid;
use super::service::Service;
use super::start_error::StartError;
use super::trigger::{Trigger, TriggerError};
use super::webhooks::{self, Webhooks};

/// Starts simulators.
#[derive(Debug)]
pub struct Simulator;

/// A simulator at work. Dropping it closes its port and connections and forgets its webhooks.
pub struct RunningSimulator {
    address: SocketAddr,
    clock: Clock,
    webhooks: Webhooks,
    service: Arc<dyn Service>,
    exchange: Arc<Exchange>,
    listening: Mutex<Option<Listening>>,
}

impl Simulator {
    /// Opens the port and serves on the current tokio runtime until the value is dropped or shut down.
    ///
    /// # Errors
    /// When the address cannot be listened on or a setting is out of its range.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub async fn start(config: SimulatorConfig) -> Result<RunningSimulator, StartError> {
        if !(config.speed.is_finite() && config.speed >= 0.0) {
            return Err(StartError::setting(
                "speed",
                format!("must be 0 or more (got {})", config.speed),
            ));
        }
        let (socket, address) = open(config.listen).await?;
        let clock = Clock::new(
            config.started_at.unwrap_or_else(Timestamp::now),
            config.speed,
        );
        let client =
            webhooks::client(config.webhooks.timeout).map_err(StartError::WebhookClient)?;
        let webhooks = Webhooks::new(client, clock.clone(), config.webhooks.retries, config.seed);
        let faults = Arc::new(Faults::new(config.faults, config.seed));
        let ledger = Arc::new(Ledger::new());
        let public_url = config
            .public_url
            .unwrap_or_else(|| format!("http://{address}"));

        let (clock_of, ledger_of, hooks) = (clock.clone(), Arc::clone(&ledger), webhooks.clone());
        let service: Arc<dyn Service> = match config.service {
            ServiceConfig::Postmark(it) => {
                Arc::new(Postmark::new(it, public_url, clock_of, ledger_of, hooks)?)
            }
            ServiceConfig::Sendgrid(it) => {
                Arc::new(Sendgrid::new(it, public_url, clock_of, ledger_of, hooks)?)
            }
        };
        let api = Arc::clone(&service).api();
        let control = control::router(Arc::clone(&service), &faults, &ledger, &clock, &webhooks)
            .merge(Arc::clone(&service).pages());
        let exchange = Arc::new(Exchange {
            service: Arc::clone(&service),
            api,
            control,
            faults,
            ledger,
        });
        let listening = Mutex::new(Some(Listening::start(socket, Arc::clone(&exchange))));
        Ok(RunningSimulator {
            address,
            clock,
            webhooks,
            service,
            exchange,
            listening,
        })
    }
}

impl RunningSimulator {
    /// Where clients send to: `http://127.0.0.1:PORT`, without a slash at the end.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The address listened on, with the real port.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What was accepted.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.exchange.ledger
    }

    /// What goes wrong.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.exchange.faults
    }

    /// The simulated time.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// What is posted at the host.
    #[must_use]
    pub fn webhooks(&self) -> &Webhooks {
        &self.webhooks
    }

    /// The copies delivered to a bare address, oldest first.
    #[must_use]
    pub fn mailbox(&self, address: &str) -> Vec<DeliveredCopy> {
        self.service.mailbox(address)
    }

    /// Lets a recipient act.
    ///
    /// # Errors
    /// When the message or the recipient is unknown, or the act would not be noticed (no tracking).
    pub fn trigger(&self, trigger: &Trigger) -> Result<(), TriggerError> {
        self.service.trigger(trigger)
    }

    /// Switches the machine off: the port is closed, connections break in the middle of whatever they do, further ones are
    /// refused. What was accepted stays. Webhooks go on: they are another machine. Does nothing when it is off.
    pub async fn switch_off(&self) {
        if let Some(listening) = self.listening.lock().await.take() {
            listening.stop().await;
        }
    }

    /// Switches it on again, on the same port. Does nothing when it is on.
    ///
    /// # Errors
    /// When somebody else has taken the port meanwhile.
    pub async fn switch_on(&self) -> Result<(), StartError> {
        let mut listening = self.listening.lock().await;
        if listening.is_none() {
            let (socket, _) = open(self.address).await?;
            *listening = Some(Listening::start(socket, Arc::clone(&self.exchange)));
        }
        Ok(())
    }

    /// Ends everything and returns when the port is closed.
    pub async fn shutdown(self) {
        self.switch_off().await;
    }
}

impl Drop for RunningSimulator {
    fn drop(&mut self) {
        self.webhooks.stop();
    }
}

impl std::fmt::Debug for RunningSimulator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RunningSimulator")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

async fn open(address: SocketAddr) -> Result<(tokio::net::TcpListener, SocketAddr), StartError> {
    let listen = |source| StartError::Listen { address, source };
    let socket = bind(address).await.map_err(listen)?;
    let bound = socket.local_addr().map_err(listen)?;
    Ok((socket, bound))
}
