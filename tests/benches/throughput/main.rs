//! How many messages a second the official Postmark client for Node gets rid of: straight to the service, and through the host, which
//! makes each durable before it answers and then sends it on. Real processes over loopback; the service is simulated.
//!
//! `cargo bench -p system-tests` builds what it needs and prints the table. The two take turns, so that what else the machine does
//! meets both.

mod client;
mod feed;
mod programs;
mod table;

use std::env;
use std::time::{Duration, Instant};

use client::{Client, Load};
use feed::Feed;
use programs::Program;
use table::Turn;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    // `cargo test --benches` gives no arguments: everything is tried, nothing is measured.
    let measured = env::args().any(|argument| argument == "--bench");
    let (load, rounds) = if measured {
        (
            Load {
                messages: 4000,
                warm_up: 1000,
            },
            7,
        )
    } else {
        (
            Load {
                messages: 50,
                warm_up: 5,
            },
            1,
        )
    };
    if let Some(client) = Client::install() {
        let (direct, through) = turns(&client, load, rounds).await;
        table::print(load, rounds, &direct, &through);
    }
}

async fn turns(client: &Client, load: Load, rounds: usize) -> (Vec<Turn>, Vec<Turn>) {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"));
    let folder = folder.expect("the target directory is writable");
    let simulator = Program::simulator();
    let host = Program::host(folder.path(), &simulator);
    let (mut direct, mut through) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        direct.push(straight(client, load, &simulator));
        through.push(by_the_host(client, load, &host, &simulator).await);
    }
    (direct, through)
}

fn straight(client: &Client, load: Load, simulator: &Program) -> Turn {
    let warm = client.warm_up(simulator.base(), load);
    let service = simulator.processor_time();
    let client = warm.send();
    Turn {
        answered: client.wall,
        sent: client.wall,
        client: client.processors,
        host: Duration::ZERO,
        service: simulator.processor_time() - service,
    }
}

async fn by_the_host(client: &Client, load: Load, host: &Program, simulator: &Program) -> Turn {
    let mut feed = Feed::of(host.base()).await;
    let warm = client.warm_up(host.base(), load);
    feed.wait_for_sent(load.warm_up).await;
    let (began, service) = (host.processor_time(), simulator.processor_time());
    let client = warm.send();
    let answered = Instant::now();
    feed.wait_for_sent(load.messages).await;
    Turn {
        answered: client.wall,
        sent: client.wall + answered.elapsed(),
        client: client.processors,
        host: host.processor_time() - began,
        service: simulator.processor_time() - service,
    }
}
