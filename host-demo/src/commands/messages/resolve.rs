//! `host-demo messages resolve ID --sent|--not-sent`: a doubt settled by a person.

use std::env;
use std::process::ExitCode;

use clap::Args;
use plugin_host::{MessageKey, MessageState, Record, Resolution, ResolveOutcome, StoreError};
use reqwest::Method;
use serde_json::json;

use super::{MessageArgument, unknown, unread};
use crate::commands::gateway::Gateway;
use crate::commands::{ConfigArgument, Failure, JsonArgument, log};
use crate::config::Config;
use crate::terminal::{say, say_json};

#[derive(Debug, Args)]
pub(crate) struct Resolve {
    #[command(flatten)]
    message: MessageArgument,
    /// The service did accept it: the message is settled.
    #[arg(long, required_unless_present = "not_sent")]
    sent: bool,
    /// The service never got it: the message is sent again. Possible once the call in doubt has surely ended.
    #[arg(long, conflicts_with_all = ["sent", "provider_message_id"])]
    not_sent: bool,
    /// How you know; stands in the timeline beside your name.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// The id under which the service has it.
    #[arg(long, value_name = "ID")]
    provider_message_id: Option<String>,
    #[command(flatten)]
    config: ConfigArgument,
    #[command(flatten)]
    json: JsonArgument,
}

impl Resolve {
    pub(super) async fn run(self) -> Result<ExitCode, Failure> {
        log::start_quietly();
        let key = self.message.key()?;
        let path = Config::store_of(&self.config.config)?;
        // Read first: not to make a store where there is none, nor to settle one message for another.
        let record = Record::open(&path).map_err(Failure::failed)?;
        let view = record.message(&key).await.map_err(unread)?;
        let account = view.ok_or_else(|| unknown(&key))?.summary.account;
        let key = MessageKey {
            account: Some(account),
            ..key
        };
        match Record::open_for_changes(&path) {
            Ok(record) => self.in_the_record(&record, &key).await?,
            Err(StoreError::Locked { .. }) => self.through_the_host(&key).await?,
            Err(fault) => return Err(Failure::failed(fault)),
        }
        let state = if self.sent {
            MessageState::Sent
        } else {
            MessageState::RetryWait
        };
        if self.json.json {
            let id = key.tracking_id.to_string();
            say_json(&json!({ "tracking_id": id, "state": state }));
        } else if self.sent {
            say("Recorded: it was sent.");
        } else {
            say("Recorded: it was not sent, and is sent again.");
        }
        Ok(ExitCode::SUCCESS)
    }

    fn word(&self) -> Resolution {
        Resolution {
            sent: self.sent,
            provider_message_id: self.provider_message_id.clone(),
            by: login_name(),
            reason: self.reason.clone(),
        }
    }

    /// No host runs: the next one goes on from here.
    async fn in_the_record(&self, record: &Record, key: &MessageKey) -> Result<(), Failure> {
        let outcome = record.resolve(key, &self.word()).await;
        match outcome.map_err(Failure::failed)? {
            ResolveOutcome::Resolved => Ok(()),
            ResolveOutcome::Unknown => Err(unknown(key)),
            outcome => Err(Failure::failed(format!("nothing was changed: {outcome}"))),
        }
    }

    /// The host that holds the store records it.
    async fn through_the_host(&self, key: &MessageKey) -> Result<(), Failure> {
        let gateway = Gateway::to_running(&Config::load(&self.config.config)?).await?;
        let word = self.word();
        let body = json!({
            "account": key.account,
            "sent": word.sent,
            "provider_message_id": word.provider_message_id,
            "by": word.by,
            "reason": word.reason,
        });
        let path = format!("/api/messages/{}/resolve", key.tracking_id);
        let answer = gateway.send(Method::POST, &path, Some(&body)).await?;
        match answer.refusal() {
            None => Ok(()),
            Some(refusal) => Err(Failure::failed(format!("the host refused: {refusal}"))),
        }
    }
}

fn login_name() -> String {
    let named = ["USER", "LOGNAME"]
        .iter()
        .find_map(|name| env::var(name).ok());
    named.unwrap_or_else(|| "somebody at the command line".to_owned())
}
