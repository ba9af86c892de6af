//! `host-demo messages …`: the log, read beside whatever serves the store.

mod list;
mod resolve;
mod show;

use std::process::ExitCode;

use clap::Subcommand;
use plugin_api::TrackingId;
use plugin_host::{MessageKey, Record};

use super::{ConfigArgument, Failure};
use crate::config::Config;

#[derive(Debug, Subcommand)]
pub(crate) enum Messages {
    /// List messages, newest first.
    List(list::List),
    /// Show one message: what it is, every attempt, everything heard of it.
    Show(show::Show),
    /// Settle a message in doubt: you have found out whether it was sent.
    Resolve(resolve::Resolve),
}

impl Messages {
    pub(super) async fn run(self) -> Result<ExitCode, Failure> {
        match self {
            Self::List(list) => list.run().await,
            Self::Show(show) => show.run().await,
            Self::Resolve(resolve) => resolve.run().await,
        }
    }
}

/// The record of the configured store.
pub(super) fn record(config: &ConfigArgument) -> Result<Record, Failure> {
    let path = Config::store_of(&config.config)?;
    Record::open(&path).map_err(Failure::failed)
}

/// A message by the id a user gave.
pub(super) fn key(id: &str) -> Result<MessageKey, Failure> {
    let tracking_id: TrackingId = id
        .parse()
        .map_err(|fault| Failure::usage(format!("message id `{id}`: {fault}")))?;
    Ok(MessageKey::any(tracking_id))
}

pub(super) fn unknown(key: &MessageKey) -> Failure {
    Failure::failed(format!(
        "there is no message {} in this store",
        key.tracking_id
    ))
}
