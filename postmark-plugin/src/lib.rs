#![doc = include_str!("../README.md")]

mod answer;
mod batch;
mod check;
mod error;
mod find_sent;
mod inactive;
mod limits;
mod message;
mod provider;
mod redact;
mod refusal;
mod search;
mod settings;
mod suppressions;
mod unsubscribe;
mod webhook;

pub use provider::PostmarkPlugin;
pub use settings::{LinkTracking, Settings};

/// Who it is that says something, in errors.
const SERVICE: &str = "postmark";

plugin_api::export_plugin!(PostmarkPlugin);
