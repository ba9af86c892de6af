#![doc = include_str!("../README.md")]

mod batch;
mod check;
mod client;
mod dkim;
mod error;
mod limits;
mod message;
mod parameters;
mod provider;
mod redact;
mod refusal;
mod settings;
mod tls;
mod transaction;

pub use provider::SmtpPlugin;
pub use settings::{AuthMechanism, DsnNotify, DsnReturn, Encryption, Settings};

plugin_api::export_plugin!(SmtpPlugin);
