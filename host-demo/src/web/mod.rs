//! The HTTP side: Postmark's sending API in front of the engine, callbacks, the CRM's paths, a dashboard.

mod access;
mod body;
mod callback;
mod callers;
mod contacts;
mod dashboard;
mod email;
mod envelope;
mod feed;
mod lingering;
mod messages;
pub(crate) mod metrics;
mod pauses;
mod probes;
mod problem;
mod resolve;
mod routes;
mod server;
mod spoken;
mod state;
mod unsubscribe;
mod webhooks;

pub(crate) use access::{Caller, Gatekeeper, Tokens};
pub(crate) use email::account_of;
#[cfg(test)]
pub(crate) use email::{Draft, Kind};
pub(crate) use envelope::PostmarkError;
pub(crate) use probes::SERVER_NAME;
pub(crate) use problem::Problem;
pub(crate) use routes::routes;
pub(crate) use server::serve;
pub(crate) use state::App;
