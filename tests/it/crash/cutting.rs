//! A batch of fifty whose request, or answer, is cut at each kilobyte.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use plugin_api::Timestamp;
use plugin_testkit::simulator::{PostmarkConfig, ServerConfig, Simulator, SimulatorConfig};
use serde_json::{Value, json};
use uuid::Uuid;

use super::account::ahead;
use super::client::Client;
use super::proxy::{self, Cut, Line};
use super::stage::Stage;
use super::tally::{Log, Tally, glance};
use crate::support::api::mail;
use crate::support::own_address;
use crate::support::{PATIENCE, tell};

const BATCH: usize = 50;
const KILOBYTE: usize = 1024;
/// All messages are offered by then, and leave at that moment.
const MOMENT: Duration = Duration::from_secs(15);
/// Messages of one request to the host.
const LARGEST_OFFER: usize = 500;
/// The request of a batch is a little shorter than this, and so is its answer.
const REQUEST: usize = 40;
const ANSWER: usize = 12;

const DELIVERY: &str = "[delivery]\nsoft_deadline = \"4s\"\nhard_deadline = \"4s\"\nreconcile_after = \"200ms\"\n\
    reconcile_every = \"500ms\"\nreconcile_for = \"5s\"\n";

struct Provider {
    name: String,
    token: String,
    line: Arc<Line>,
    base: String,
}

#[tokio::test(flavor = "multi_thread")]
async fn wherever_the_line_breaks_under_a_batch_nothing_is_lost_or_doubled() {
    let cuts: Vec<Cut> = (0..=REQUEST)
        .map(|kilobyte| Cut::Request(kilobyte * KILOBYTE))
        .chain((0..=ANSWER).map(|kilobyte| Cut::Answer(kilobyte * KILOBYTE)))
        .collect();
    let tokens: Vec<String> = cuts.iter().map(|_| Uuid::new_v4().to_string()).collect();
    let service = service(&tokens).await;
    let mut providers = Vec::new();
    for (number, (cut, token)) in cuts.iter().zip(&tokens).enumerate() {
        let (address, line) = proxy::open(service.address(), *cut).await;
        providers.push(Provider {
            name: format!("cut-{number}"),
            token: token.clone(),
            line,
            base: format!("http://{address}"),
        });
    }
    let address = own_address();
    let mut stage = stage(address, &providers);
    tokio::task::block_in_place(|| stage.start(None));
    let mut client = Client::of(address);
    // All at one moment, so that each provider's messages go out in one call.
    let moment = (Timestamp::now() + MOMENT).to_string();
    let of_one = |one: &Provider| {
        (0..BATCH)
            .map(|_| letter(&one.name, Some(&moment)))
            .collect::<Vec<_>>()
    };
    let letters: Vec<Value> = providers.iter().flat_map(of_one).collect();
    for batch in letters.chunks(LARGEST_OFFER) {
        client.offer(batch).await;
        assert!(client.has_been_heard(), "{}", stage.log());
    }
    let deadline = Instant::now() + PATIENCE * 3;
    // The first batch of each line is the one to be cut; later mail shows how far each account's search reaches.
    let begin = tokio::time::Instant::now() + MOMENT;
    let mut traffic = tokio::time::interval_at(begin, Duration::from_secs(3));
    let log = loop {
        let log = Log::read(&stage.store()).await;
        if log.is_settled(client.ids()) {
            break log;
        }
        assert!(Instant::now() < deadline, "not settled:\n{}", stage.log());
        tokio::select! {
            _ = traffic.tick() => client.pass_by(&passing(&providers)).await,
            () = glance() => {}
        }
    };
    let tally = Tally::of(client.ids(), &log, &[&service]);
    let broken = providers
        .iter()
        .filter(|one| one.line.broke.load(Ordering::Acquire));
    let broken = broken.count();
    tell(&format!(
        "a batch of {BATCH} cut at each kilobyte: {} lines, {broken} broke, {tally:?}",
        cuts.len()
    ));
    assert_eq!(
        (tally.lost, tally.doubled, tally.sent),
        (0, 0, client.ids().len())
    );
    assert_eq!(tally.resolved, tally.in_doubt);
    assert!(
        broken > REQUEST / 2 + ANSWER / 2 && broken < cuts.len(),
        "{broken}"
    );
}

/// One account for each cut, so that none shows anything of another.
async fn service(tokens: &[String]) -> plugin_testkit::simulator::RunningSimulator {
    let mut servers = tokens.iter().map(ServerConfig::new);
    let first = servers.next().expect("there are cuts");
    let account = servers.fold(PostmarkConfig::with_server(first), PostmarkConfig::server);
    let account = account.indexing_delay(Duration::from_millis(300));
    let config = SimulatorConfig::postmark(account).started_at(ahead());
    Simulator::start(config).await.expect("a free port")
}

fn stage(address: std::net::SocketAddr, providers: &[Provider]) -> Stage {
    let route = |one: &Provider| {
        let name = &one.name;
        format!(
            "[[routes]]\nname = \"{name}\"\nmatch = {{ tag = [\"{name}\"] }}\nin_doubt = \"resend\"\n\
             pool = [{{ provider = \"{name}\", weight = 1 }}]\n"
        )
    };
    let routes: String = providers.iter().map(route).collect();
    let tables: Vec<_> = providers
        .iter()
        .map(|one| (one.name.as_str(), one.base.clone(), one.token.as_str()))
        .collect();
    Stage::new(address, &tables, &(routes + DELIVERY))
}

fn passing(providers: &[Provider]) -> Vec<Value> {
    providers
        .iter()
        .map(|one| letter(&one.name, None))
        .collect()
}

fn letter(tag: &str, moment: Option<&str>) -> Value {
    let body = "A line of a letter. ".repeat(10);
    mail(json!({ "Tag": tag, "TrackingId": Uuid::now_v7(), "SendAt": moment, "TextBody": body }))
}
