//! Routing seen from outside: shares, failover, health and the stored record, through the crate's public names alone.

#![expect(
    clippy::unwrap_used,
    reason = "a helper that fails is a test that fails"
)]

mod any_pool;
mod explain;
mod failover;
mod health;
mod health_book;
mod record;
mod replay;
mod shares;
mod world;
