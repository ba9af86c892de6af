//! A search that lags longer than the host waits: what each policy makes of it.

use std::time::{Duration, Instant};

use plugin_host::{MessageState, MessageSummary};
use plugin_testkit::simulator::RunningSimulator;

use super::MAILED_TWICE;
use super::account::{Account, Trouble};
use super::client::{Client, letter};
use super::stage::Stage;
use super::tally::{Log, Tally, glance};
use crate::support::own_address;
use crate::support::service::SERVICE_TOKEN;
use crate::support::{PATIENCE, tell};

const HOUR: Duration = Duration::from_secs(3600);
const MESSAGES: usize = 10;

/// The service accepts a batch, loses the answer, and shows it only an hour later; the host waits a second.
struct Lagging {
    service: RunningSimulator,
    stage: Stage,
    client: Client,
}

impl Lagging {
    async fn begin(policy: &str) -> Self {
        let address = own_address();
        let account = Account {
            indexing_delay: HOUR,
            webhooks_to: None,
        };
        let service = account.open(Trouble::AcceptThenDrop).await;
        let settings = format!(
            "[[routes]]\nname = \"default\"\nin_doubt = \"{policy}\"\npool = [{{ provider = \"postmark-main\", weight = 1 }}]\n\
             [delivery]\nsoft_deadline = \"1s\"\nhard_deadline = \"1s\"\nreconcile_after = \"100ms\"\n\
             reconcile_every = \"200ms\"\nreconcile_for = \"1s\"\n"
        );
        let providers = [("postmark-main", service.base_url(), SERVICE_TOKEN)];
        let mut stage = Stage::new(address, &providers, &settings);
        tokio::task::block_in_place(|| stage.start(None));
        let mut client = Client::of(address);
        let batch: Vec<_> = (0..MESSAGES).map(letter).collect();
        client.offer(&batch).await;
        assert!(client.has_been_heard(), "{}", stage.log());
        Self {
            service,
            stage,
            client,
        }
    }

    /// Once every message is like this.
    async fn until(&self, what: &str, holds: impl Fn(&MessageSummary) -> bool) -> Tally {
        let deadline = Instant::now() + PATIENCE * 3;
        loop {
            let log = Log::read(&self.stage.store()).await;
            if log.messages.len() == MESSAGES && log.messages.values().all(&holds) {
                return Tally::of(self.client.ids(), &log, &[&self.service]);
            }
            assert!(
                Instant::now() < deadline,
                "not {what}:\n{}",
                self.stage.log()
            );
            glance().await;
        }
    }

    /// The search catches up.
    fn catch_up(&self) {
        self.service.clock().advance(HOUR * 2);
    }
}

fn is_held(message: &MessageSummary) -> bool {
    let reason = message.reason.as_deref().unwrap_or_default();
    message.state == MessageState::InDoubt && reason.contains("held for a person")
}

#[tokio::test(flavor = "multi_thread")]
async fn held_messages_wait_for_a_person_and_are_found_when_the_search_catches_up() {
    let life = Lagging::begin("hold").await;
    let held = life.until("held", is_held).await;
    assert_eq!((held.in_doubt, held.doubled), (MESSAGES, 0));
    life.catch_up();
    let is_sent = |message: &MessageSummary| message.state == MessageState::Sent;
    let tally = life.until("sent", is_sent).await;
    tell(&format!("search lags, `hold`: {tally:?}, held {MESSAGES}"));
    assert_eq!(
        (tally.lost, tally.doubled, tally.resolved),
        (0, 0, MESSAGES)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_sent_again_too_early_are_doubled_and_the_host_counts_every_one() {
    let life = Lagging::begin("resend").await;
    let is_sent = |message: &MessageSummary| message.state == MessageState::Sent;
    let before = life.until("sent", is_sent).await;
    assert_eq!((before.doubled, before.doubled_and_known), (MESSAGES, 0));
    life.catch_up();
    let tally = life
        .until("known to be doubled", |message| message.doubled == 1)
        .await;
    tell(&format!("search lags, `resend`: {tally:?}"));
    assert_eq!((tally.lost, tally.doubled_and_known), (0, tally.doubled));
    assert_eq!(life.stage.log().matches(MAILED_TWICE).count(), MESSAGES);
}
