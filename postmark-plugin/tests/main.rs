//! The plugin through its public traits, against real sockets.

mod batch;
mod client;
mod common;
mod error;
mod find_sent;
mod message;
