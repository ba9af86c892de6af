//! The process is killed in the middle of a request: by the other end of the line, which knows how far the request has come.

use super::cell::SETTINGS;
use super::client::letter;
use super::gate::{Fate, Hold};
use super::pair::Pair;
use super::tally::Tally;
use crate::support::tell;

const MESSAGES: usize = 10;

/// How far the request had come, and what became of it.
#[derive(Debug, Clone, Copy)]
struct Moment {
    name: &'static str,
    hold: Hold,
    fate: Fate,
    /// What the service has accepted before the host is back.
    accepted: usize,
}

const MOMENTS: [Moment; 3] = [
    Moment {
        name: "a kilobyte of the request has arrived, the rest never does",
        hold: Hold::Request(1024),
        fate: Fate::Lost,
        accepted: 0,
    },
    Moment {
        name: "the request is on its way and arrives after the death",
        hold: Hold::Request(1024),
        fate: Fate::Delivered,
        accepted: MESSAGES,
    },
    Moment {
        name: "the request was accepted, its answer is on its way",
        hold: Hold::Answer,
        fate: Fate::Lost,
        accepted: MESSAGES,
    },
];

#[tokio::test(flavor = "multi_thread")]
async fn a_host_killed_in_the_middle_of_a_request_loses_and_doubles_nothing() {
    let lives = MOMENTS.map(|moment| tokio::spawn(live(moment)));
    for (moment, life) in MOMENTS.iter().zip(lives) {
        let tally = life.await.expect("it comes to its end");
        tell(&format!("killed while {}: {tally:?}", moment.name));
        let expected = Tally {
            messages: MESSAGES,
            sent: MESSAGES,
            in_doubt: MESSAGES,
            resolved: MESSAGES,
            ..Tally::default()
        };
        assert_eq!(tally, expected, "{moment:?}");
    }
}

async fn live(moment: Moment) -> Tally {
    let (mut pair, gate) = Pair::gated(SETTINGS, moment.hold).await;
    tokio::task::block_in_place(|| pair.stage.start(None));
    let batch: Vec<_> = (0..MESSAGES).map(letter).collect();
    pair.client.offer(&batch).await;
    gate.holds(1).await;
    tokio::task::block_in_place(|| pair.stage.kill());
    gate.open(moment.fate);
    pair.service_has_accepted(moment.accepted).await;
    assert_eq!(pair.service.ledger().accepted(), moment.accepted);
    tokio::task::block_in_place(|| pair.stage.start(None));
    pair.settled().await
}
