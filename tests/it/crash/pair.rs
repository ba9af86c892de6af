//! A well-behaved account, and a host in front of it that settles doubt quickly.

use std::sync::Arc;
use std::time::{Duration, Instant};

use plugin_testkit::simulator::RunningSimulator;
use tokio::time::interval;

use super::account::{Account, Trouble};
use super::cell::SETTINGS;
use super::client::{Client, letter};
use super::gate::{self, Gate, Hold};
use super::stage::Stage;
use super::tally::{Log, Tally, glance};
use crate::support::PATIENCE;
use crate::support::own_address;
use crate::support::service::SERVICE_TOKEN;

pub(super) struct Pair {
    pub(super) service: RunningSimulator,
    pub(super) stage: Stage,
    pub(super) client: Client,
}

impl Pair {
    pub(super) async fn new() -> Self {
        Self::with(SETTINGS).await
    }

    pub(super) async fn with(settings: &str) -> Self {
        let service = service().await;
        let base = service.base_url();
        Self::of(service, base, settings)
    }

    /// With a gate on the line between the two.
    pub(super) async fn gated(settings: &str, hold: Hold) -> (Self, Arc<Gate>) {
        let service = service().await;
        let (line, gate) = gate::close(service.address(), hold).await;
        (Self::of(service, format!("http://{line}"), settings), gate)
    }

    fn of(service: RunningSimulator, base: String, settings: &str) -> Self {
        let address = own_address();
        let providers = [("postmark-main", base, SERVICE_TOKEN)];
        Self {
            stage: Stage::new(address, &providers, settings),
            client: Client::of(address),
            service,
        }
    }

    /// Once the service has accepted so many messages.
    pub(super) async fn service_has_accepted(&self, messages: usize) {
        let accepted = self.service.ledger().wait_for_accepted(messages);
        let come = tokio::time::timeout(PATIENCE, accepted).await;
        come.expect("it accepts them");
    }

    /// Once nothing moves any more, without a word to the host.
    pub(super) async fn stage_is_settled(&self) {
        let deadline = Instant::now() + PATIENCE * 3;
        while !Log::read(&self.stage.store())
            .await
            .is_settled(self.client.ids())
        {
            assert!(
                Instant::now() < deadline,
                "not settled:\n{}",
                self.stage.log()
            );
            glance().await;
        }
    }

    /// The same with a little traffic going on, which shows how far the service's search reaches.
    pub(super) async fn settled(&self) -> Tally {
        let deadline = Instant::now() + PATIENCE * 3;
        let mut traffic = interval(Duration::from_secs(2));
        loop {
            let log = Log::read(&self.stage.store()).await;
            if log.is_settled(self.client.ids()) {
                return Tally::of(self.client.ids(), &log, &[&self.service]);
            }
            assert!(
                Instant::now() < deadline,
                "not settled:\n{}",
                self.stage.log()
            );
            tokio::select! {
                _ = traffic.tick() => self.client.pass_by(&[letter(0)]).await,
                () = glance() => {}
            }
        }
    }
}

async fn service() -> RunningSimulator {
    let account = Account {
        indexing_delay: Duration::from_millis(300),
        webhooks_to: None,
    };
    account.open(Trouble::Nothing).await
}
