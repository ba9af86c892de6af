//! The plugin through its public traits, against real sockets.

mod client;
mod common;
mod error;
mod message;
