//! The plugin through its public traits, against real sockets.

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
