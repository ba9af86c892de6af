//! SIGTERM with calls in flight and a backlog behind them: what has begun is finished, what has not begun is kept.

use std::sync::Arc;

use plugin_host::MessageState;

use super::client::letter;
use super::gate::{Fate, Gate, Hold};
use super::pair::Pair;
use super::tally::{Log, Tally, glance};
use crate::support::eventually;

const CALLS: usize = 2;
const BATCH: usize = 5;
const IN_FLIGHT: usize = CALLS * BATCH;
const MESSAGES: usize = 40;

/// Nothing ends by itself before the test has said what it has to say.
const SETTINGS: &str = r#"
[[routes]]
name = "default"
pool = [{ provider = "postmark-main", weight = 1 }]
[delivery]
soft_deadline = "100s"
hard_deadline = "120s"
reconcile_after = "200ms"
reconcile_every = "400ms"
"#;

/// A host that has as many calls in flight as it may, none of which has reached the service, and other messages behind them.
async fn at_work(grace: &str) -> (Pair, Arc<Gate>) {
    let (mut pair, gate) = Pair::gated(SETTINGS, Hold::Request(0)).await;
    let stage = &mut pair.stage;
    stage.configure("[server]", &format!("shutdown_grace = \"{grace}\""));
    let limits = format!("max_in_flight = {CALLS}\nmax_batch = {BATCH}");
    stage.configure("[providers.postmark-main]", &limits);
    tokio::task::block_in_place(|| stage.start(None));
    let batch: Vec<_> = (0..MESSAGES).map(letter).collect();
    pair.client.offer(&batch).await;
    gate.holds(CALLS).await;
    (pair, gate)
}

fn ask_to_stop(pair: &Pair) {
    tokio::task::block_in_place(|| {
        pair.stage.ask_to_stop();
        eventually("it has heard", || pair.stage.log().contains("Stopping: "));
    });
}

fn end(pair: &mut Pair) -> Option<i32> {
    tokio::task::block_in_place(|| pair.stage.wait_for_end()).code()
}

async fn in_state(pair: &Pair, state: MessageState) -> usize {
    let log = Log::read(&pair.stage.store()).await;
    let such = log.messages.values().filter(|one| one.state == state);
    such.count()
}

async fn after_a_restart(pair: &mut Pair, in_doubt: usize) {
    tokio::task::block_in_place(|| pair.stage.start(None));
    let expected = Tally {
        messages: pair.client.ids().len(),
        sent: pair.client.ids().len(),
        in_doubt,
        resolved: in_doubt,
        ..Tally::default()
    };
    assert_eq!(pair.settled().await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_told_to_stop_finishes_its_calls_and_claims_no_more_even_while_a_caller_is_still_sending()
 {
    let (mut pair, gate) = at_work("5m").await;
    let last = letter(MESSAGES);
    let slow = pair.client.begin_to_send(&last).await;
    ask_to_stop(&pair);
    gate.open(Fate::Delivered);
    while in_state(&pair, MessageState::Sent).await < IN_FLIGHT {
        glance().await;
    }
    assert!(slow.finish().await.starts_with("HTTP/1.1 200 "));
    pair.client.took(&last);
    assert_eq!(end(&mut pair), Some(0), "{}", pair.stage.log());
    assert_eq!(pair.service.ledger().accepted(), IN_FLIGHT);
    let waiting = in_state(&pair, MessageState::Queued).await;
    assert_eq!(waiting, MESSAGES + 1 - IN_FLIGHT);
    after_a_restart(&mut pair, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_stops_at_once_and_leaves_the_calls_in_doubt() {
    let (mut pair, gate) = at_work("10m").await;
    ask_to_stop(&pair);
    pair.stage.ask_to_stop();
    assert_eq!(end(&mut pair), Some(3), "{}", pair.stage.log());
    assert!(pair.stage.log().contains("stopped at once"));
    gate.open(Fate::Delivered);
    after_a_restart(&mut pair, IN_FLIGHT).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn at_the_end_of_the_grace_calls_in_flight_are_left_in_doubt() {
    let (mut pair, gate) = at_work("500ms").await;
    ask_to_stop(&pair);
    assert_eq!(end(&mut pair), Some(3), "{}", pair.stage.log());
    assert!(pair.stage.log().contains("server.shutdown_grace: 2;"));
    gate.open(Fate::Delivered);
    after_a_restart(&mut pair, IN_FLIGHT).await;
}
