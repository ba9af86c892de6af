//! `host-demo send`: a message from a file, or one for each row of a CSV file.

mod each;
mod one;
mod settle;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use jiff::SignedDuration;

use super::gateway::Gateway;
use super::{ConfigArgument, Failure, JsonArgument, log};
use crate::config::Config;
use crate::letter::{Letter, Merger};

#[derive(Debug, Args)]
#[command(
    after_help = "Sends through the running host when there is one, and otherwise runs the engine for as long as it takes.

Exit codes: 0 sent; 1 refused or failed; 2 wrong usage or configuration; 3 accepted and not settled yet: do not
send it again, the host goes on with it."
)]
pub(crate) struct Send {
    #[command(flatten)]
    config: ConfigArgument,
    /// The message: JSON in Postmark's form, or .eml. In JSON, `HtmlBodyFile`, `TextBodyFile` and an attachment's `File` name files
    /// beside it.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Sends one message for each row; {{Column}} in the message stands for the row's value.
    #[arg(long, value_name = "CSV")]
    each: Option<PathBuf>,
    /// Names this run: a row is mailed once in a run, however often the command is repeated. Without it the message's text names the run.
    #[arg(long, value_name = "NAME", requires = "each")]
    run: Option<String>,
    /// How long to wait for the outcome, such as 30s or 5m.
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = duration)]
    wait: Duration,
    #[command(flatten)]
    json: JsonArgument,
}

impl Send {
    pub(super) async fn run(self) -> Result<ExitCode, Failure> {
        log::start_quietly();
        let config = Config::load(&self.config.config)?;
        let letter = Letter::read(&self.file).map_err(Failure::usage)?;
        let merger = self
            .each
            .as_ref()
            .map(|rows| Merger::new(letter.clone(), rows).map_err(Failure::usage))
            .transpose()?;
        let gateway = Gateway::open(&config).await?;
        let result = match &merger {
            None => one::send(&gateway, &config, letter, self.wait, self.json.json).await,
            Some(merger) => {
                let run = each::Run::new(self.run.as_deref(), &letter);
                each::send(&gateway, &config, merger, &run, self.wait, self.json.json).await
            }
        };
        gateway.close().await;
        result
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    let parsed = text.parse::<SignedDuration>().ok();
    parsed
        .and_then(|duration| Duration::try_from(duration).ok())
        .ok_or_else(|| "expected a time with its unit, such as 30s or 5m".to_owned())
}
