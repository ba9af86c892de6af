//! The plugin through its public traits, against real sockets.
#![expect(
    clippy::unwrap_used,
    reason = "a test ends at the first surprise, in its helpers too"
)]

mod batch;
mod check;
mod client;
mod common;
mod error;
mod find_sent;
mod message;
mod simulator;
mod suppressions;
mod webhook;
