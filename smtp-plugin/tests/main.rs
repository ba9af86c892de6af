//! The plugin through its public traits, against real sockets.
#![expect(
    clippy::unwrap_used,
    reason = "a test ends at the first surprise, in its helpers too"
)]

mod batch;
mod check;
mod common;
mod connections;
mod conversation;
mod faults;
mod limits;
mod message;
mod real_server;
mod recipients;
