#![doc = include_str!("../README.md")]

mod answer;
mod batch;
mod check;
mod client;
mod error;
mod find_sent;
mod inactive;
mod json;
mod limits;
mod message;
mod provider;
mod redact;
mod refusal;
mod search;
mod settings;
mod suppressions;
mod tls;
mod unsubscribe;
mod webhook;

pub use provider::PostmarkPlugin;
pub use settings::{LinkTracking, Settings};

plugin_api::export_plugin!(PostmarkPlugin);
