//! The plugin through its public traits, against real sockets.

mod client;
mod common;
