//! `host-demo dnc …`: Do Not Contact from the command line.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use plugin_host::{
    Contact, Flag, FlagChange, FlagFilter, FlagOutcome, FlagReason, FlagSource, Record, StoreError,
    Word,
};
use reqwest::Method;
use serde_json::json;

use super::gateway::Gateway;
use super::messages::record;
use super::{ConfigArgument, Failure, JsonArgument, log};
use crate::config::Config;
use crate::terminal::{dim, say, say_json, table, time};

#[derive(Debug, Subcommand)]
pub(crate) enum Dnc {
    /// List who is not to be contacted, and why.
    List(List),
    /// Flag a lead, and an address if one is named.
    Add(Add),
    /// Lift every flag of a lead, and of an address if one is named.
    Remove(Change),
}

#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    config: ConfigArgument,
    /// Of this account.
    #[arg(long, value_name = "ID")]
    account: Option<String>,
    /// Of this lead.
    #[arg(long, value_name = "ID")]
    lead: Option<String>,
    /// Of this address.
    #[arg(long, value_name = "ADDRESS")]
    address: Option<String>,
    /// For this reason: unsubscribed, hard-bounce, complaint, manual.
    #[arg(long)]
    reason: Option<FlagReason>,
    /// Every word ever said, not only what stands.
    #[arg(long)]
    history: bool,
    #[command(flatten)]
    json: JsonArgument,
}

#[derive(Debug, Args)]
pub(crate) struct Add {
    #[command(flatten)]
    change: Change,
    /// Why: unsubscribed, hard-bounce, complaint, manual.
    #[arg(long, value_name = "REASON", default_value = "manual")]
    reason: FlagReason,
}

#[derive(Debug, Args)]
pub(crate) struct Change {
    /// The CRM account.
    account: String,
    /// The lead.
    lead: String,
    /// An address as well.
    #[arg(long, value_name = "ADDRESS")]
    address: Option<String>,
    /// Words for the record.
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    #[command(flatten)]
    config: ConfigArgument,
    #[command(flatten)]
    json: JsonArgument,
}

impl Dnc {
    pub(super) async fn run(self) -> Result<ExitCode, Failure> {
        log::start_quietly();
        match self {
            Self::List(list) => list.run().await,
            Self::Add(Add { change, reason }) => change.run(Word::Flag { reason }).await,
            Self::Remove(change) => change.run(Word::Lift).await,
        }
    }
}

impl List {
    async fn run(self) -> Result<ExitCode, Failure> {
        let record = record(&self.config)?;
        let filter = FlagFilter {
            account: self.account,
            lead: self.lead,
            address: self.address,
            reason: self.reason,
            history: self.history,
            ..FlagFilter::default()
        };
        let flags = record.flags(&filter).await.map_err(Failure::failed)?;
        if self.json.json {
            say_json(&flags);
        } else {
            let headings = [
                "WHO", "ACCOUNT", "REASON", "SINCE", "SOURCE", "ASKED BY", "MESSAGE", "NOTE",
            ];
            say(table(headings, flags.iter().map(row)));
            say(dim(&format!("{} listed", flags.len())));
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn row(flag: &Flag) -> [String; 8] {
    let (who, account) = match &flag.contact {
        Contact::Lead { account, lead } => (format!("lead {lead}"), account.to_string()),
        Contact::Address { account, address } => (
            address.to_string(),
            account
                .as_ref()
                .map_or_else(|| "every account".to_owned(), ToString::to_string),
        ),
    };
    let word = if flag.suppress { "" } else { " (lifted)" };
    [
        who,
        account,
        format!("{}{word}", flag.reason),
        time(flag.at),
        flag.source.to_string(),
        flag.origin.to_string(),
        flag.tracking_id
            .map(|id| id.to_string())
            .unwrap_or_default(),
        flag.note.clone().unwrap_or_default(),
    ]
}

impl Change {
    async fn run(self, word: Word) -> Result<ExitCode, Failure> {
        let path = Config::store_of(&self.config.config)?;
        let outcome = match Record::open_for_changes(&path) {
            Ok(record) => record
                .flag(self.change(word))
                .await
                .map_err(Failure::failed)?,
            Err(StoreError::Locked { .. }) => self.through_the_host(word).await?,
            Err(fault) => return Err(Failure::failed(fault)),
        };
        if self.json.json {
            say_json(&outcome);
        } else {
            let what = if outcome.changed {
                "Recorded."
            } else {
                "That was so already; nothing was changed."
            };
            say(what);
            if outcome.calls_in_flight > 0 {
                say(format_args!(
                    "{} messages to them were on their way and may still arrive.",
                    outcome.calls_in_flight
                ));
            }
        }
        Ok(ExitCode::SUCCESS)
    }

    fn change(&self, word: Word) -> FlagChange {
        FlagChange {
            account: Some(self.account.clone()),
            lead: Some(self.lead.clone()),
            address: self.address.clone(),
            word,
            at: None,
            source: FlagSource::Command,
            note: self.note.clone(),
        }
    }

    /// The host that holds the store makes the change.
    async fn through_the_host(&self, word: Word) -> Result<FlagOutcome, Failure> {
        let gateway = Gateway::to_running(&Config::load(&self.config.config)?).await?;
        let mut body = json!({ "note": self.note, "address": self.address });
        let method = match word {
            Word::Flag { reason } => {
                body["reason"] = json!(reason);
                Method::PUT
            }
            _ => Method::DELETE,
        };
        let segment = |text: &str| {
            percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC)
                .to_string()
        };
        let path = format!(
            "/api/DoNotContact/{}/{}",
            segment(&self.account),
            segment(&self.lead)
        );
        let answer = gateway.send(method, &path, Some(&body)).await?;
        if let Some(refusal) = answer.refusal() {
            return Err(Failure::failed(format!(
                "the host refused the change ({refusal})"
            )));
        }
        let calls = answer.json["callsInFlight"]
            .as_u64()
            .and_then(|calls| u32::try_from(calls).ok());
        Ok(FlagOutcome {
            changed: answer.json["changed"] == true,
            calls_in_flight: calls.unwrap_or_default(),
        })
    }
}
