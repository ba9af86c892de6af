//! `host-demo messages …`: the log, read beside whatever serves the store.

mod list;
mod resolve;
mod show;

use std::process::ExitCode;

use clap::{Args, Subcommand};
use plugin_api::TrackingId;
use plugin_host::{MessageKey, Record, StoreError};

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

/// Which message.
#[derive(Debug, Args)]
pub(super) struct MessageArgument {
    /// The message's id: the MessageID of the answer, its TrackingId.
    #[arg(value_name = "ID")]
    id: String,
    /// Its account, where several have a message of this id.
    #[arg(long, value_name = "ID")]
    account: Option<String>,
}

impl MessageArgument {
    /// # Errors
    /// When the id is none.
    pub(super) fn key(&self) -> Result<MessageKey, Failure> {
        let id = &self.id;
        let tracking_id: TrackingId = id
            .parse()
            .map_err(|fault| Failure::usage(format!("message id `{id}`: {fault}")))?;
        Ok(MessageKey {
            account: self.account.clone(),
            tracking_id,
        })
    }
}

/// What the store says to a key that may be that of several messages.
pub(super) fn unread(fault: StoreError) -> Failure {
    let StoreError::Ambiguous { accounts, .. } = &fault else {
        return Failure::failed(fault);
    };
    let choices: Vec<String> = accounts
        .iter()
        .map(|account| format!("--account '{account}'"))
        .collect();
    Failure::usage(format!("{fault}: {}", choices.join(" or ")))
}

pub(super) fn unknown(key: &MessageKey) -> Failure {
    Failure::failed(format!(
        "there is no message {} in this store",
        key.tracking_id
    ))
}
