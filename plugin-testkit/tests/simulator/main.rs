//! The simulator, met over real sockets as any client meets it.
#![expect(
    clippy::unwrap_used,
    reason = "a test ends at the first surprise, in its helpers too"
)]

mod api;
mod common;
mod faults;
mod host;
mod ledger;
mod limits;
mod reading;
mod search;
mod sendgrid;
mod sending;
mod setup;
mod suppressions;
mod templates;
mod unsubscribe;
mod webhook_retries;
mod webhook_routes;
mod webhooks;
mod wire;
