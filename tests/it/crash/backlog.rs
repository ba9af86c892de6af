//! A long queue in front of a service that is down: the host stays small and goes on accepting at the same rate.
//!
//! `BACKLOG=100000 cargo test --release -p system-tests --test it crash::backlog -- --nocapture`

use std::time::{Duration, Instant};

use serde_json::Value;

use super::client::letter;
use super::pair::Pair;
use crate::support::tell;

/// Messages of one request.
const BATCH: usize = 500;
/// What the host may grow by, whatever waits.
const ROOM: u64 = 60 * 1024 * 1024;

#[tokio::test(flavor = "multi_thread")]
async fn a_backlog_takes_room_on_the_disk_and_not_in_memory() {
    let wanted = std::env::var("BACKLOG").map_or(2_000, |text| text.parse().expect("a number"));
    let mut pair = Pair::new().await;
    tokio::task::block_in_place(|| pair.stage.start(None));
    pair.service.switch_off().await;
    let idle = pair.stage.resident();
    let mut times: Vec<Duration> = Vec::new();
    let mut largest = idle;
    for first in (0..wanted).step_by(BATCH) {
        let batch: Vec<Value> = (first..first + BATCH).map(letter).collect();
        let started = Instant::now();
        pair.client.offer(&batch).await;
        times.push(started.elapsed());
        assert!(pair.client.has_been_heard(), "{}", pair.stage.log());
        largest = largest.max(pair.stage.resident());
    }
    let tenth = (times.len() / 10).max(1);
    let rate = |times: &[Duration]| {
        let seconds = times.iter().sum::<Duration>().as_secs_f64();
        (times.len() * BATCH) as f64 / seconds
    };
    let (first, last) = (rate(&times[..tenth]), rate(&times[times.len() - tenth..]));
    let mebibytes = |bytes: u64| bytes / 1024 / 1024;
    tell(&format!(
        "backlog of {wanted}: {} MiB idle, {} MiB at the most; accepted {first:.0}/s in the first tenth, {last:.0}/s in the last: {:.2} ×",
        mebibytes(idle),
        mebibytes(largest),
        last / first,
    ));
    assert!(largest - idle <= ROOM, "{} MiB", mebibytes(largest - idle));
}
