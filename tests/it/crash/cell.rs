//! One life: a batch comes in, the host dies at a named moment while the service misbehaves, and comes back.

use std::time::{Duration, Instant};

use plugin_testkit::simulator::RunningSimulator;
use serde_json::Value;

use super::account::{Account, Trouble, suppress};
use super::client::{Client, address_of, letter};
use super::stage::Stage;
use super::tally::{Log, Tally, glance};
use crate::support::PATIENCE;
use crate::support::own_address;
use crate::support::service::SERVICE_TOKEN;

/// Messages of one life: one call's worth.
const MESSAGES: usize = 10;

/// Short windows; presumed absent six seconds after a call must have ended.
pub(super) const SETTINGS: &str = r#"
[[routes]]
name = "default"
in_doubt = "resend"
pool = [{ provider = "postmark-main", weight = 1 }]
[delivery]
soft_deadline = "1500ms"
hard_deadline = "2500ms"
reconcile_after = "200ms"
reconcile_every = "400ms"
reconcile_for = "6s"
"#;

/// A cell of the matrix.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cell {
    pub(super) kill_at: &'static str,
    pub(super) trouble: Trouble,
}

impl Cell {
    pub(super) async fn live(self) -> Tally {
        let address = own_address();
        let hears_of_deliveries = self.kill_at == "during-webhook-commit";
        let account = Account {
            indexing_delay: Duration::from_millis(300),
            webhooks_to: hears_of_deliveries.then_some((address, "postmark-main")),
        };
        let service = account.open(self.trouble).await;
        if self.trouble == Trouble::HalfABatch {
            let half: Vec<_> = (0..MESSAGES).step_by(2).map(address_of).collect();
            suppress(&service, &half).await;
        }
        let providers = [("postmark-main", service.base_url(), SERVICE_TOKEN)];
        let mut life = Life {
            stage: Stage::new(address, &providers, SETTINGS),
            client: Client::of(address),
        };
        let batch: Vec<Value> = (0..MESSAGES).map(letter).collect();
        life.through_death(self.kill_at, &batch).await;
        let busy = self.trouble == Trouble::HalfABatch;
        life.settled(&service, busy).await
    }
}

struct Life {
    stage: Stage,
    client: Client,
}

impl Life {
    /// A doubt has to be there before it can be reconciled: then the host dies twice.
    async fn through_death(&mut self, kill_at: &str, batch: &[Value]) {
        let deaths = match kill_at {
            "during-reconciliation" => vec!["after-mark", kill_at],
            once => vec![once],
        };
        for moment in deaths {
            tokio::task::block_in_place(|| self.stage.start(Some(moment)));
            self.client.offer(batch).await;
            tokio::task::block_in_place(|| self.stage.wait_for_death());
        }
        tokio::task::block_in_place(|| self.stage.start(None));
        self.client.offer(batch).await;
        assert!(
            self.client.has_been_heard(),
            "nobody took the batch:\n{}",
            self.stage.log()
        );
    }

    /// Once nothing moves any more. `busy`: with a little traffic going on, which shows how far the service's search reaches; on an account
    /// where something is visible the host waits for that, and on a silent one for `reconcile_for`.
    async fn settled(self, service: &RunningSimulator, busy: bool) -> Tally {
        // On a busy machine calls run out of time, and a provider that failed five times in a row rests for minutes.
        let deadline = Instant::now() + PATIENCE * 3;
        let mut traffic = tokio::time::interval(Duration::from_secs(2));
        loop {
            let log = Log::read(&self.stage.store()).await;
            if log.is_settled(self.client.ids()) {
                return Tally::of(self.client.ids(), &log, &[service]);
            }
            let stuck = || format!("{:#?}\n{}", log.messages, self.stage.log());
            assert!(Instant::now() < deadline, "still not settled: {}", stuck());
            tokio::select! {
                _ = traffic.tick(), if busy => self.client.pass_by(&[letter(MESSAGES)]).await,
                () = glance() => {}
            }
        }
    }
}
