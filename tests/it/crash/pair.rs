//! A well-behaved account, and a host in front of it that settles doubt quickly.

use std::time::{Duration, Instant};

use plugin_testkit::simulator::RunningSimulator;
use tokio::time::interval;

use super::account::{Account, Trouble};
use super::cell::SETTINGS;
use super::client::{Client, letter};
use super::stage::{Stage, own_address};
use super::tally::{Log, Tally, glance};
use crate::support::PATIENCE;
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
        let address = own_address();
        let account = Account {
            indexing_delay: Duration::from_millis(300),
            webhooks_to: None,
        };
        let service = account.open(Trouble::Nothing).await;
        let providers = [("postmark-main", service.base_url(), SERVICE_TOKEN)];
        Self {
            stage: Stage::new(address, &providers, settings),
            client: Client::of(address),
            service,
        }
    }

    /// Once nothing moves any more, without a word to the host.
    pub(super) async fn stage_is_settled(&self) {
        let deadline = Instant::now() + PATIENCE;
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
        let deadline = Instant::now() + PATIENCE;
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
