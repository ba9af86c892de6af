#![doc = include_str!("../README.md")]

mod answer;
mod batch;
mod check;
mod error;
mod find_sent;
mod limits;
mod message;
mod message_id;
mod provider;
mod refusal;
mod settings;
mod suppressions;
mod unsubscribe;
mod webhook;

pub use provider::SendGridPlugin;
pub use settings::{LinkTracking, Settings};

/// Who it is that says something, in errors.
const SERVICE: &str = "sendgrid";

plugin_api::export_plugin!(SendGridPlugin);
