//! `host-demo pause` and `resume`: stopping a provider or a route for a while. Through the host that serves the store, or, without one, for
//! the next that starts.

use std::process::ExitCode;

use clap::Args;
use plugin_host::{Pause as InForce, PauseSubject, Record, StoreError};
use reqwest::Method;
use serde_json::json;

use super::gateway::Gateway;
use super::messages::record;
use super::{ConfigArgument, Failure, JsonArgument, log};
use crate::config::Config;
use crate::terminal::{say, say_json, table, time};

/// What is stopped or resumed.
#[derive(Debug, Args)]
pub(crate) struct Subject {
    /// `provider` or `route`.
    #[arg(value_name = "provider|route")]
    subject: PauseSubject,
    /// Its name in the configuration.
    name: String,
}

#[derive(Debug, Args)]
#[command(
    after_help = "A paused provider's messages go to the others of their pool, or wait; a paused route's wait. A pause outlives a
restart. Without a name: lists the pauses in force."
)]
pub(crate) struct Pause {
    /// `provider` or `route`.
    #[arg(value_name = "provider|route", requires = "name")]
    subject: Option<PauseSubject>,
    /// Its name in the configuration.
    name: Option<String>,
    /// Why, for the record.
    #[arg(long, value_name = "TEXT", requires = "name")]
    reason: Option<String>,
    #[command(flatten)]
    config: ConfigArgument,
    #[command(flatten)]
    json: JsonArgument,
}

#[derive(Debug, Args)]
pub(crate) struct Resume {
    #[command(flatten)]
    subject: Subject,
    #[command(flatten)]
    config: ConfigArgument,
    #[command(flatten)]
    json: JsonArgument,
}

impl Pause {
    pub(super) async fn run(self) -> Result<ExitCode, Failure> {
        log::start_quietly();
        if let (Some(subject), Some(name)) = (self.subject, self.name) {
            let subject = Subject { subject, name };
            let config = Config::load(&self.config.config)?;
            subject.is_configured(&config)?;
            let reason = self.reason.as_deref().unwrap_or("no reason given");
            subject.pause(&config, reason).await?;
        }
        let pauses = record(&self.config)?.pauses().await;
        let pauses = pauses.map_err(Failure::failed)?;
        if self.json.json {
            say_json(&pauses);
        } else if pauses.is_empty() {
            say("Nothing is paused.");
        } else {
            say(table(
                ["PAUSED", "NAME", "SINCE", "REASON"],
                pauses.iter().map(row),
            ));
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Resume {
    pub(super) async fn run(self) -> Result<ExitCode, Failure> {
        log::start_quietly();
        let config = Config::load(&self.config.config)?;
        let changed = self.subject.resume(&config).await?;
        if self.json.json {
            say_json(&json!({ "changed": changed }));
        } else if changed {
            say("Resumed: what has waited goes out at once.");
        } else {
            say("It was not paused; nothing was changed.");
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Subject {
    fn is_configured(&self, config: &Config) -> Result<(), Failure> {
        let is_known = match self.subject {
            PauseSubject::Provider => config.providers.iter().any(|it| it.name == self.name),
            PauseSubject::Route => config.routes.iter().any(|it| it.name == self.name),
        };
        if is_known {
            return Ok(());
        }
        Err(Failure::usage(format!(
            "there is no {} `{}` in the configuration",
            self.subject, self.name
        )))
    }

    async fn pause(&self, config: &Config, reason: &str) -> Result<(), Failure> {
        match Record::open_for_changes(&config.store) {
            Ok(record) => record
                .pause(self.subject, &self.name, reason)
                .await
                .map_err(Failure::failed),
            Err(StoreError::Locked { .. }) => {
                let body = json!({ "reason": reason });
                self.ask_the_host(config, Method::PUT, Some(&body)).await?;
                Ok(())
            }
            Err(fault) => Err(Failure::failed(fault)),
        }
    }

    async fn resume(&self, config: &Config) -> Result<bool, Failure> {
        match Record::open_for_changes(&config.store) {
            Ok(record) => record
                .resume(self.subject, &self.name, &config.routes)
                .await
                .map_err(Failure::failed),
            Err(StoreError::Locked { .. }) => self.ask_the_host(config, Method::DELETE, None).await,
            Err(fault) => Err(Failure::failed(fault)),
        }
    }

    /// Whether the host that holds the store changed something.
    async fn ask_the_host(
        &self,
        config: &Config,
        method: Method,
        body: Option<&serde_json::Value>,
    ) -> Result<bool, Failure> {
        let gateway = Gateway::to_running(config).await?;
        let name =
            percent_encoding::utf8_percent_encode(&self.name, percent_encoding::NON_ALPHANUMERIC);
        let path = format!("/api/pauses/{}/{name}", self.subject);
        let answer = gateway.send(method, &path, body).await?;
        match answer.refusal() {
            None => Ok(answer.json["changed"] == true),
            Some(refusal) => Err(Failure::failed(format!("the host refused: {refusal}"))),
        }
    }
}

fn row(pause: &InForce) -> [String; 4] {
    [
        pause.subject.to_string(),
        pause.name.clone(),
        time(pause.since),
        pause.reason.clone(),
    ]
}
