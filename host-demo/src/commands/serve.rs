//! `host-demo serve`: the service, until it is told to stop.

use std::process::ExitCode;

use clap::Args;
use tokio::signal::unix::{SignalKind, signal};

use super::{ConfigArgument, Failure, log};
use crate::config::Config;
use crate::service::{Service, listen};
use crate::terminal::{dim, say, tell, warn};

#[derive(Debug, Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    config: ConfigArgument,
    #[command(flatten)]
    log: log::LogArguments,
}

impl Serve {
    pub(super) async fn run(self) -> Result<ExitCode, Failure> {
        log::start(&self.log)?;
        let config = Config::load(&self.config.config)?;
        let listener = listen(config.server.listen).await?;
        let service = Service::start(&config, listener).await?;
        announce(&service, &config);
        stop_signal().await?;
        tell(dim(
            "Stopping: finishing what is in flight. What is left stays queued.",
        ));
        service.stop().await;
        Ok(ExitCode::SUCCESS)
    }
}

fn announce(service: &Service, config: &Config) {
    let base = service.base_url();
    say(format_args!("Listening on {base}"));
    let readiness = service.host.readiness();
    for refused in &readiness.refused {
        tell(format_args!(
            "{} provider {}: {}",
            warn("refused:"),
            refused.name,
            refused.reason
        ));
    }
    for route in &readiness.routes_without_provider {
        tell(format_args!(
            "{} route {route} has no provider that runs; its messages wait",
            warn("not ready:")
        ));
    }
    if config.server.tokens.is_empty() {
        tell(format_args!(
            "{} no tokens are configured: everybody on this machine may send",
            warn("open:")
        ));
    }
}

/// Ctrl-C, or SIGTERM of whoever supervises this process.
pub(super) async fn stop_signal() -> Result<(), Failure> {
    let mut terminate = signal(SignalKind::terminate()).map_err(Failure::failed)?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted.map_err(Failure::failed),
        _ = terminate.recv() => Ok(()),
    }
}
