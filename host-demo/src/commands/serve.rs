//! `host-demo serve`: the service, until it is told to stop.

use std::process::ExitCode;

use clap::Args;

use super::stop::StopSignals;
use super::{ConfigArgument, Failure, log};
use crate::config::Config;
use crate::service::{Service, listen};
use crate::terminal::{dim, say, tell, warn};

/// What becomes of calls that were cut off.
const SETTLED_LATER: &str = "what was being sent is in doubt, and the next start settles it";

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
        let mut signals = StopSignals::listen()?;
        announce(&service, &config);
        signals.next().await;
        tell(dim(
            "Stopping: finishing what is in flight. What is left stays queued. A second signal stops at once.",
        ));
        let cut_off = tokio::select! {
            cut_off = service.stop() => cut_off,
            () = signals.next() => return Err(Failure::unsettled(format!("stopped at once; {SETTLED_LATER}"))),
        };
        match cut_off {
            0 => Ok(ExitCode::SUCCESS),
            calls => Err(Failure::unsettled(format!(
                "calls still in flight after server.shutdown_grace: {calls}; {SETTLED_LATER}"
            ))),
        }
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
