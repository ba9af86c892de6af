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
mod faults;
mod find_sent;
mod limits;
mod message;
mod proxy;
mod search;
mod simulator;
mod suppressions;
mod unsubscribe;
mod webhook;
