//! `host-demo demo`: everything on this machine, in seven steps. Each step checks what it claims; one that fails ends the demonstration.

mod examples;
mod failover;
mod guide;
mod sending;
mod stage;
mod timeline;
mod unsubscribe;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use self::guide::Guide;
use self::stage::Stage;
use super::stop::StopSignals;
use super::{Failure, log};
use crate::terminal::{dim, good, say};

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// How many leads are written to (there are 100).
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=100))]
    messages: u16,
    /// End after the last step instead of keeping the service up.
    #[arg(long)]
    exit: bool,
    /// Where the plugin libraries are; where this program is, if not given.
    #[arg(long, value_name = "DIR")]
    plugins: Option<PathBuf>,
}

impl Demo {
    pub(super) async fn run(self) -> Result<ExitCode, Failure> {
        log::start_quietly();
        let mut guide = Guide::default();
        let stage = self.set_up(&mut guide).await?;
        let sent = sending::run(&mut guide, &stage, usize::from(self.messages)).await?;
        timeline::run(&mut guide, &stage, &sent).await?;
        unsubscribe::run(&mut guide, &stage, &sent).await?;
        failover::run(&mut guide, &stage, &sent).await?;
        let base = stage.service.base_url();
        guide.step("Where to look next");
        let program = std::env::current_exe().map_err(Failure::failed)?;
        let program = program.display();
        let config = stage.config();
        let config = config.display();
        say(format_args!(
            "  messages        {program} messages list --config {config}"
        ));
        say(format_args!(
            "  a decision      {program} explain ID --config {config}"
        ));
        say(format_args!(
            "  opt-outs        {program} dnc list --config {config}"
        ));
        say(format_args!(
            "  the ledger      {program} verify --config {config}"
        ));
        say("  a good start    README.md, docs/ARCHITECTURE.md, docs/abi.md");
        if !self.exit {
            say(format_args!(
                "  dashboard       {base}/  (any user name; password {})",
                stage.token
            ));
            say(format_args!(
                "  the CRM's feed  {base}/api/events?after=0  (the same password)"
            ));
            say(dim("\nThe service stays up until Ctrl-C."));
            StopSignals::listen()?.next().await;
        }
        stage.strike().await;
        say(good("\nEverything shown was checked on the way."));
        Ok(ExitCode::SUCCESS)
    }

    async fn set_up(&self, guide: &mut Guide) -> Result<Stage, Failure> {
        guide.step("Two accounts at a mail service are simulated on this machine; one plugin library is loaded from disk, twice");
        let plugins = match &self.plugins {
            Some(folder) => folder.clone(),
            None => beside_this_program()?,
        };
        let stage = Stage::set(&plugins).await?;
        stage.show_plugins();
        Ok(stage)
    }
}

fn beside_this_program() -> Result<PathBuf, Failure> {
    let program = std::env::current_exe().map_err(Failure::failed)?;
    program
        .parent()
        .map(PathBuf::from)
        .ok_or_else(|| Failure::usage("name the plugins' folder with --plugins"))
}
