//! The process's log, on the standard error stream. Holds ids and statuses; never an address, a subject or a secret.

use clap::{Args, ValueEnum};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::writer::BoxMakeWriter;

use super::Failure;

#[derive(Debug, Args)]
pub(crate) struct LogArguments {
    /// What is logged: error, warn, info, debug, trace, or a filter such as `warn,plugin_host=debug`.
    #[arg(
        long = "log",
        value_name = "FILTER",
        env = "HOST_DEMO_LOG",
        default_value = "info"
    )]
    filter: String,
    /// How it is written.
    #[arg(long = "log-format", value_name = "FORMAT", default_value = "text")]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// Lines for people.
    Text,
    /// JSON Lines for programs.
    Json,
}

/// Starts logging as asked for.
///
/// # Errors
/// When the filter cannot be understood.
pub(super) fn start(arguments: &LogArguments) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(&arguments.filter).map_err(|fault| {
        Failure::usage(format!(
            "--log {}: {fault}; try `info` or `warn,plugin_host=debug`",
            arguments.filter
        ))
    })?;
    let writer = BoxMakeWriter::new(std::io::stderr);
    let logger = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(writer);
    match arguments.format {
        Format::Text => logger.with_ansi(false).init(),
        Format::Json => logger.json().init(),
    }
    Ok(())
}

/// Starts logging warnings and worse, for commands that talk to people.
pub(super) fn start_quietly() {
    let filter =
        EnvFilter::try_from_env("HOST_DEMO_LOG").unwrap_or_else(|_| EnvFilter::new("error"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .init();
}
