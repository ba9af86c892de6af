//! Everything at once, for as long as one likes: two accounts that misbehave, webhooks shuffled and doubled, and a host that is killed
//! every few seconds.
//!
//! So many messages, spread over so many seconds or, without any, as fast as they are taken:
//! `SOAK_MESSAGES=20000 SOAK_SECONDS=60 SOAK_SEED=7 cargo test --release -p system-tests --test it crash::soak -- --nocapture`

use std::time::{Duration, Instant};

use plugin_testkit::simulator::{Disorder, Fault, FaultRule, RunningSimulator};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::Value;
use tokio::time::{Interval, interval};

use super::MAILED_TWICE;
use super::account::{Account, Trouble};
use super::client::{Client, letter};
use super::stage::Stage;
use super::tally::{Log, Tally, glance};
use crate::support::own_address;
use crate::support::service::SERVICE_TOKEN;
use crate::support::{PATIENCE, tell};

const NAMES: [&str; 2] = ["postmark-main", "postmark-second"];
const LARGEST_BATCH: usize = 40;

const SETTINGS: &str = r#"
[[routes]]
name = "default"
in_doubt = "resend"
sticky_by = "message"
pool = [{ provider = "postmark-main", weight = 70 }, { provider = "postmark-second", weight = 30 }]
[delivery]
retries = 1000
soft_deadline = "1500ms"
hard_deadline = "2500ms"
reconcile_after = "200ms"
reconcile_every = "400ms"
reconcile_for = "10s"
"#;

fn from_environment(name: &str, default: u64) -> u64 {
    let given = std::env::var(name).ok();
    given.map_or(default, |text| text.parse().expect("a whole number"))
}

#[tokio::test(flavor = "multi_thread")]
async fn after_any_time_of_faults_and_kills_nothing_is_lost_or_doubled() {
    let messages = from_environment("SOAK_MESSAGES", 600);
    let length = Duration::from_secs(from_environment("SOAK_SECONDS", 0));
    let seed = from_environment("SOAK_SEED", 1);
    let wanted = usize::try_from(messages).expect("it fits");
    let mut soak = Soak::begin(seed).await;
    let began = Instant::now();
    while soak.client.ids().len() < wanted {
        soak.go_on().await;
        let done = soak.client.ids().len() as f64 / wanted as f64;
        soak.wait_until(began + length.mul_f64(done)).await;
    }
    let tally = soak.end().await;
    tell(&format!(
        "soak, seed {seed}, {} kills in {} s: {tally:?}",
        soak.kills,
        began.elapsed().as_secs()
    ));
    assert_eq!(
        (tally.lost, tally.doubled, tally.sent),
        (0, 0, tally.messages)
    );
    assert_eq!(tally.resolved, tally.in_doubt);
    // Most of what is given up is found later, as the mail of the attempt that followed: that is no second mail.
    assert!(!soak.stage.log().contains(MAILED_TWICE));
    assert!(soak.kills > 0);
}

struct Soak {
    services: Vec<RunningSimulator>,
    stage: Stage,
    client: Client,
    dice: StdRng,
    next_kill: Instant,
    kills: usize,
    traffic: Interval,
}

impl Soak {
    async fn begin(seed: u64) -> Self {
        let address = own_address();
        let mut services = Vec::new();
        for name in NAMES {
            let account = Account {
                indexing_delay: Duration::from_millis(300),
                webhooks_to: Some((address, name)),
            };
            let service = account.open(Trouble::Nothing).await;
            misbehave(&service);
            services.push(service);
        }
        let provider = |(name, service): (&'static str, &RunningSimulator)| {
            (name, service.base_url(), SERVICE_TOKEN)
        };
        let providers: Vec<_> = NAMES.into_iter().zip(&services).map(provider).collect();
        let mut stage = Stage::new(address, &providers, SETTINGS);
        tokio::task::block_in_place(|| stage.start(None));
        Self {
            services,
            stage,
            client: Client::of(address),
            dice: StdRng::seed_from_u64(seed),
            next_kill: Instant::now() + Duration::from_secs(1),
            kills: 0,
            traffic: interval(Duration::from_secs(1)),
        }
    }

    /// A batch, offered until it is taken, now and then by two at once, and with a kill now and then.
    async fn go_on(&mut self) {
        let size = self.dice.random_range(1..=LARGEST_BATCH);
        let batch: Vec<Value> = (0..size).map(letter).collect();
        if self.dice.random_bool(0.2) {
            self.client.offer_twice(&batch).await;
        }
        loop {
            self.client.offer(&batch).await;
            if self.client.has_been_heard() {
                break;
            }
            self.kill_when_it_is_time();
            glance().await;
        }
        self.kill_when_it_is_time();
        glance().await;
    }

    async fn wait_until(&mut self, moment: Instant) {
        while Instant::now() < moment {
            self.kill_when_it_is_time();
            glance().await;
        }
    }

    fn kill_when_it_is_time(&mut self) {
        if Instant::now() < self.next_kill {
            return;
        }
        self.kill();
        let lives = self.dice.random_range(1_000..4_000);
        self.next_kill = Instant::now() + Duration::from_millis(lives);
    }

    fn kill(&mut self) {
        tokio::task::block_in_place(|| {
            self.stage.kill();
            self.stage.start(None);
        });
        self.kills += 1;
    }

    /// The services behave, and a little traffic shows how far the searches reach. After a last kill the host asks at once whether a
    /// service that it let rest is well again.
    async fn end(&mut self) -> Tally {
        for service in &self.services {
            service.faults().clear();
        }
        self.kill();
        let deadline = Instant::now() + PATIENCE * 3;
        loop {
            let log = Log::read(&self.stage.store()).await;
            if log.is_settled(self.client.ids()) {
                let services: Vec<_> = self.services.iter().collect();
                return Tally::of(self.client.ids(), &log, &services);
            }
            assert!(
                Instant::now() < deadline,
                "not settled:\n{}",
                self.stage.log()
            );
            tokio::select! {
                _ = self.traffic.tick() => self.client.pass_by(&[letter(0)]).await,
                () = glance() => {}
            }
        }
    }
}

/// Each in one request of twenty.
fn misbehave(service: &RunningSimulator) {
    let faults = [
        Fault::DropAfterAccept {},
        Fault::ServerError { accepted: true },
        Fault::ServerError { accepted: false },
        Fault::Throttled {
            retry_after_secs: Some(1),
        },
        Fault::Hang { accepted: true },
        Fault::Hang { accepted: false },
        Fault::Maintenance {},
        Fault::CutBody {},
    ];
    for fault in faults {
        service
            .faults()
            .add(FaultRule::new(fault).path("/email*").rate(0.05));
    }
    let disorder = Disorder::new(0.5, Duration::from_millis(500));
    service.webhooks().disturb(disorder);
}
