//! What durability, routing and plugins cost beside what a user would pick instead: the official client straight to the service, a
//! program that writes the same rows and nothing else, a sender that waits for one answer after the other. Real processes over
//! loopback; the service is simulated.
//!
//! `cargo bench -p system-tests` builds what it needs and prints the tables; words after `--` choose among them: `accept`, `through`,
//! `slow`, `writer`. The sides take turns, so that what else the machine does meets all of them.

mod accept;
mod bare;
mod client;
mod feed;
mod load;
mod minimal;
mod processors;
mod programs;
mod slow;
mod stage;
mod table;
mod through;
mod writer;

use std::env;

/// How much is sent, and how often.
#[derive(Clone, Copy)]
pub(crate) struct Effort {
    pub(crate) messages: usize,
    /// Before anything is measured.
    pub(crate) warm_up: usize,
    pub(crate) rounds: usize,
}

const MEASURED: Effort = Effort {
    messages: 20_000,
    warm_up: 1000,
    rounds: 3,
};

/// Shows that it works; the figures mean nothing.
const TRIED: Effort = Effort {
    messages: 100,
    warm_up: 10,
    rounds: 1,
};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    // `cargo test --benches` gives no arguments: everything is tried, nothing is measured.
    let arguments: Vec<String> = env::args().skip(1).collect();
    let is_measured = arguments.iter().any(|argument| argument == "--bench");
    let effort = if is_measured { MEASURED } else { TRIED };
    let chosen: Vec<&str> = arguments
        .iter()
        .map(String::as_str)
        .filter(|argument| !argument.starts_with("--"))
        .collect();
    let is_wanted = |name| chosen.is_empty() || chosen.contains(&name);
    if is_wanted("writer") {
        writer::compare(effort).await;
    }
    if is_wanted("accept") {
        accept::compare(effort).await;
    }
    if is_wanted("through") {
        through::compare(effort).await;
    }
    if is_wanted("slow") {
        slow::compare(effort).await;
    }
}
