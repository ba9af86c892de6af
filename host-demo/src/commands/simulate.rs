//! `host-demo simulate`: a simulator alone, for clients and tests outside this repository.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use plugin_testkit::simulator::{
    FaultScript, PostmarkConfig, ServerConfig, Simulator, SimulatorConfig, WebhookConfig,
};

use super::Failure;
use super::stop::StopSignals;
use crate::terminal::say;

/// Which service.
#[derive(Debug, Subcommand)]
pub(crate) enum Simulate {
    /// A Postmark: sending, templates, search, suppressions, webhooks, an unsubscribe page, and a ledger of what it accepted.
    Postmark(Postmark),
}

#[derive(Debug, Args)]
pub(crate) struct Postmark {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8026")]
    listen: SocketAddr,
    /// The server token clients present.
    #[arg(
        long,
        value_name = "TOKEN",
        env = "POSTMARK_SERVER_TOKEN",
        hide_env_values = true,
        default_value = "simulated-server-token",
        hide_default_value = true
    )]
    token: String,
    /// What goes wrong: a fault script in TOML.
    #[arg(long, value_name = "FILE")]
    faults: Option<PathBuf>,
    /// Where events of the stream `outbound` are posted; may hold user:password@.
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
        say(format_args!(
            "Postmark is simulated at {base} until Ctrl-C."
        ));
        say(format_args!("  ledger     {base}/ledger"));
        say(format_args!("  mailboxes  {base}/mailbox/ann@example.com"));
        say(format_args!(
            "  plugin     settings = {{ server_token = \"…\", base_url = \"{base}\" }} with the token it was started with"
        ));
        stop.next().await;
        simulator.shutdown().await;
        Ok(ExitCode::SUCCESS)
    }
}

impl Postmark {
    fn config(self) -> Result<SimulatorConfig, Failure> {
        let server = ServerConfig::new(self.token);
        let server = self.webhook.into_iter().fold(server, |server, url| {
            server.webhook(WebhookConfig::new(url))
        });
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
