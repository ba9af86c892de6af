//! `host-demo simulate`: a simulator alone, for clients and tests outside this repository.

use std::env::{self, VarError};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use plugin_testkit::simulator::{
    FaultScript, PostmarkConfig, ServerConfig, Simulator, SimulatorConfig, WebhookConfig,
};
use reqwest::Url;

use super::Failure;
use super::stop::StopSignals;
use crate::terminal::say;

/// Which service.
#[derive(Debug, Subcommand)]
pub(crate) enum Simulate {
    /// A Postmark: sending, templates, search, suppressions, webhooks, an unsubscribe page, and a ledger of what it accepted.
    Postmark(Postmark),
}

/// The server token clients present.
const TOKEN: &str = "POSTMARK_SERVER_TOKEN";
/// Its value when the environment has none.
const TOKEN_WITHOUT_ENVIRONMENT: &str = "simulated-server-token";
/// What the webhook is posted with: `user:password`.
const WEBHOOK_AUTH: &str = "SIMULATED_WEBHOOK_AUTH";

#[derive(Debug, Args)]
#[command(
    after_help = "Secrets come from the environment, since everybody on the machine can read arguments:
  POSTMARK_SERVER_TOKEN   the server token clients present [default: simulated-server-token]
  SIMULATED_WEBHOOK_AUTH  user:password for --webhook"
)]
pub(crate) struct Postmark {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8026")]
    listen: SocketAddr,
    /// What goes wrong: a fault script in TOML.
    #[arg(long, value_name = "FILE")]
    faults: Option<PathBuf>,
    /// Where events of the stream `outbound` are posted.
    #[arg(long, value_name = "URL")]
    webhook: Option<String>,
    /// How many times faster than real time the simulator's clock runs.
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0)]
    speed: f64,
    /// Seeds fault rates and webhook disorder.
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    seed: u64,
}

impl Simulate {
    pub(super) async fn run(self) -> Result<ExitCode, Failure> {
        let Self::Postmark(arguments) = self;
        let mut stop = StopSignals::listen()?;
        let simulator = Simulator::start(arguments.config()?)
            .await
            .map_err(Failure::usage)?;
        let base = simulator.base_url();
        let token = match variable(TOKEN)? {
            Some(_) => format!("${{{TOKEN}}}"),
            None => TOKEN_WITHOUT_ENVIRONMENT.to_owned(),
        };
        say(format_args!(
            "Postmark is simulated at {base} until Ctrl-C."
        ));
        say(format_args!("  ledger     {base}/ledger"));
        say(format_args!("  mailboxes  {base}/mailbox/ann@example.com"));
        say(format_args!(
            "  plugin     settings = {{ server_token = \"{token}\", base_url = \"{base}\" }}"
        ));
        stop.next().await;
        simulator.shutdown().await;
        Ok(ExitCode::SUCCESS)
    }
}

impl Postmark {
    fn config(self) -> Result<SimulatorConfig, Failure> {
        let token = variable(TOKEN)?;
        let server = ServerConfig::new(token.as_deref().unwrap_or(TOKEN_WITHOUT_ENVIRONMENT));
        let server = match self.webhook {
            Some(url) => server.webhook(webhook(&url, variable(WEBHOOK_AUTH)?)?),
            None => server,
        };
        let config = SimulatorConfig::postmark(PostmarkConfig::with_server(server))
            .listen(self.listen)
            .speed(self.speed)
            .seed(self.seed);
        match self.faults {
            None => Ok(config),
            Some(path) => Ok(config.faults(FaultScript::load(path).map_err(Failure::usage)?)),
        }
    }
}

fn webhook(url: &str, auth: Option<String>) -> Result<WebhookConfig, Failure> {
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
    let config = WebhookConfig::new(url);
    let Some(auth) = auth else {
        return Ok(config);
    };
    let (user, password) = auth
        .split_once(':')
        .ok_or_else(|| Failure::usage(format!("{WEBHOOK_AUTH} must be user:password")))?;
    Ok(config.http_auth(user, password))
}

/// An environment variable; an empty one is none.
fn variable(name: &str) -> Result<Option<String>, Failure> {
    match env::var(name) {
        Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(Failure::usage(format!("{name} must be UTF-8"))),
    }
}
