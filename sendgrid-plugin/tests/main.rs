//! The plugin through its public traits, against real sockets.
#![expect(
    clippy::unwrap_used,
    reason = "a test ends at the first surprise, in its helpers too"
)]

mod batch;
mod check;
mod common;
mod error;
mod find_sent;
mod limits;
mod message;
mod settings;
mod simulator;
mod suppressions;
mod unsubscribe;
mod webhook;
