//! The simulator, met over real sockets as any client meets it.
#![expect(
    clippy::unwrap_used,
    reason = "a test ends at the first surprise, in its helpers too"
)]

mod api;
mod common;
mod faults;
mod ledger;
mod limits;
mod reading;
mod sending;
mod setup;
mod suppressions;
mod templates;
mod unsubscribe;
mod webhooks;
