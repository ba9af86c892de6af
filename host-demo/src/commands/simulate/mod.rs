//! `host-demo simulate`: a simulator alone, for clients and tests outside this repository.

mod postmark;
mod sendgrid;

use std::env::{self, VarError};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use plugin_testkit::simulator::{FaultScript, RunningSimulator, Simulator, SimulatorConfig};
use reqwest::Url;

use super::Failure;
use super::stop::StopSignals;
use crate::terminal::say;
use postmark::Postmark;
use sendgrid::Sendgrid;

/// Which service.
#[derive(Debug, Subcommand)]
pub(crate) enum Simulate {
    /// A Postmark: sending, templates, search, suppressions, webhooks, an unsubscribe page, and a ledger of what it accepted.
    Postmark(Postmark),
    /// A SendGrid: sending, activity search, suppressions, signed event webhooks, unsubscribe pages, and a ledger of what it accepted.
    Sendgrid(Sendgrid),
}

/// What a webhook is posted with: `user:password`.
const WEBHOOK_AUTH: &str = "SIMULATED_WEBHOOK_AUTH";

/// What every simulator can be told.
#[derive(Debug, Args)]
struct Common {
    /// What goes wrong: a fault script in TOML.
    #[arg(long, value_name = "FILE")]
    faults: Option<PathBuf>,
    /// Where events are posted (Postmark: those of the stream `outbound`).
    #[arg(long, value_name = "URL")]
    webhook: Option<String>,
    /// How many times faster than real time the simulator's clock runs.
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0)]
    speed: f64,
    /// Seeds fault rates and webhook disorder.
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    seed: u64,
}

/// A webhook's address and the credentials it is posted with.
struct Webhook {
    url: Url,
    auth: Option<(String, String)>,
}

impl Simulate {
    pub(super) async fn run(self) -> Result<ExitCode, Failure> {
        match self {
            Self::Postmark(arguments) => arguments.run().await,
            Self::Sendgrid(arguments) => arguments.run().await,
        }
    }
}

impl Common {
    fn apply(self, config: SimulatorConfig) -> Result<SimulatorConfig, Failure> {
        let config = config.speed(self.speed).seed(self.seed);
        match self.faults {
            None => Ok(config),
            Some(path) => Ok(config.faults(FaultScript::load(path).map_err(Failure::usage)?)),
        }
    }

    fn webhook(&self) -> Result<Option<Webhook>, Failure> {
        let url = self.webhook.as_deref().map(webhook_url).transpose()?;
        let Some(url) = url else {
            return Ok(None);
        };
        let auth = variable(WEBHOOK_AUTH)?.map(|auth| {
            let pair = auth.split_once(':');
            let pair = pair.map(|(user, password)| (user.to_owned(), password.to_owned()));
            pair.ok_or_else(|| Failure::usage(format!("{WEBHOOK_AUTH} must be user:password")))
        });
        let auth = auth.transpose()?;
        Ok(Some(Webhook { url, auth }))
    }
}

/// Serves until Ctrl-C; `lines` say what else there is to know, given the address.
async fn serve(
    service: &str,
    config: SimulatorConfig,
    lines: impl FnOnce(&str) -> Vec<String>,
) -> Result<ExitCode, Failure> {
    let mut stop = StopSignals::listen()?;
    let simulator: RunningSimulator = Simulator::start(config).await.map_err(Failure::usage)?;
    let base = simulator.base_url();
    say(format_args!(
        "{service} is simulated at {base} until Ctrl-C."
    ));
    say(format_args!("  ledger     {base}/ledger"));
    say(format_args!("  mailboxes  {base}/mailbox/ann@example.com"));
    for line in lines(&base) {
        say(format_args!("  {line}"));
    }
    stop.next().await;
    simulator.shutdown().await;
    Ok(ExitCode::SUCCESS)
}

fn webhook_url(url: &str) -> Result<Url, Failure> {
    let web = |url: &Url| ["http", "https"].contains(&url.scheme());
    // What cannot be read may hold a secret, and is not repeated.
    let url = Url::parse(url).ok().filter(web).ok_or_else(|| {
        Failure::usage("--webhook must be an address such as http://127.0.0.1:8025/webhooks/NAME")
    })?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Failure::usage(format!(
            "--webhook must hold no credentials, since everybody on the machine can read arguments; set {WEBHOOK_AUTH}=user:password"
        )));
    }
    Ok(url)
}

/// How a configuration file names a secret: by its variable where it came from there.
fn as_setting(name: &str, otherwise: &str) -> Result<String, Failure> {
    Ok(match variable(name)? {
        Some(_) => format!("${{{name}}}"),
        None => otherwise.to_owned(),
    })
}

/// An environment variable; an empty one is none.
fn variable(name: &str) -> Result<Option<String>, Failure> {
    match env::var(name) {
        Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(Failure::usage(format!("{name} must be UTF-8"))),
    }
}
