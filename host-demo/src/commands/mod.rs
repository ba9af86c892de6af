//! The command line: one file a command.

mod demo;
mod dnc;
mod doctor;
mod explain;
mod failure;
mod gateway;
mod log;
mod messages;
mod neighbour;
mod opener;
mod pause;
mod plugins;
mod send;
mod serve;
mod simulate;
mod stop;
mod verify;

pub(crate) use failure::Failure;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

/// Sends mail through provider plugins: durable, routed by weight, obedient to Do Not Contact.
#[derive(Debug, Parser)]
#[command(
    name = "host-demo",
    version,
    max_term_width = 110,
    after_help = "Exit codes: 0 good; 1 failed; 2 wrong usage or configuration; 3 accepted and not settled yet: do not send it again."
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// See everything at work on this machine, without any account.
    Demo(demo::Demo),
    /// Run the service: take messages by HTTP, deliver them, hear of what became of them.
    Serve(serve::Serve),
    /// Send a message from a file, or one for each row of a CSV file, and wait for the outcome.
    Send(Box<send::Send>),
    /// Look into the message log.
    #[command(subcommand)]
    Messages(messages::Messages),
    /// Show why a message went to the provider it went to.
    Explain(explain::Explain),
    /// List and change who is not to be contacted.
    #[command(subcommand)]
    Dnc(dnc::Dnc),
    /// Look at plugin libraries, sign them, and say which may be loaded.
    #[command(subcommand)]
    Plugins(plugins::Plugins),
    /// Stop a provider or a route for a while; calls in flight go on, messages wait or go elsewhere.
    Pause(pause::Pause),
    /// End a pause.
    Resume(pause::Resume),
    /// Check configuration, plugins, credentials, store and addresses: one line each, with the remedy.
    Doctor(doctor::Doctor),
    /// Count the ledger: every accepted message accounted for, none lost, none mailed twice.
    Verify(verify::Verify),
    /// Run a simulator of a mail service on this machine.
    #[command(subcommand)]
    Simulate(simulate::Simulate),
}

/// Where the configuration is.
#[derive(Debug, Args)]
pub(crate) struct ConfigArgument {
    /// The configuration file.
    #[arg(
        long,
        value_name = "FILE",
        env = "HOST_DEMO_CONFIG",
        default_value = "host.toml"
    )]
    pub(crate) config: PathBuf,
}

/// How to print.
#[derive(Debug, Args)]
pub(crate) struct JsonArgument {
    /// Print JSON for programs instead of tables for people.
    #[arg(long)]
    pub(crate) json: bool,
}

impl Arguments {
    /// Runs the command.
    ///
    /// # Errors
    /// What to tell the user, and the exit code that goes with it.
    pub(crate) async fn run(self) -> Result<ExitCode, Failure> {
        match self.command {
            Command::Demo(command) => command.run().await,
            Command::Serve(command) => command.run().await,
            Command::Send(command) => command.run().await,
            Command::Messages(command) => command.run().await,
            Command::Explain(command) => command.run().await,
            Command::Dnc(command) => command.run().await,
            Command::Pause(command) => command.run().await,
            Command::Resume(command) => command.run().await,
            Command::Doctor(command) => command.run().await,
            Command::Plugins(command) => command.run().await,
            Command::Verify(command) => command.run().await,
            Command::Simulate(command) => command.run().await,
        }
    }
}
