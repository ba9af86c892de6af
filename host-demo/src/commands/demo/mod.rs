//! `host-demo demo`: everything on this machine, in seven steps. Each step checks what it claims; one that fails ends the demonstration.

mod accounts;
mod examples;
mod failover;
mod guide;
mod sending;
mod settings;
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
        // From here on: whatever ends the demonstration, it takes away what it has put there.
        let mut stop = StopSignals::listen()?;
        let stage = self.set_up(&mut guide).await?;
        let ended = tokio::select! {
            shown = self.show(&mut guide, &stage) => shown.map(|()| self.exit),
            () = stop.next() => Err(Failure::failed("stopped before the demonstration was over")),
        };
        if let Ok(false) = ended {
            stop.next().await;
        }
        tokio::select! {
            struck = stage.strike() => struck?,
            () = stop.next() => return Err(Failure::failed("stopped at once")),
        }
        ended?;
        say(good("\nEverything shown was checked on the way."));
        Ok(ExitCode::SUCCESS)
    }

    async fn show(&self, guide: &mut Guide, stage: &Stage) -> Result<(), Failure> {
        let sent = sending::run(guide, stage, usize::from(self.messages)).await?;
        timeline::run(guide, stage, &sent).await?;
        unsubscribe::run(guide, stage, &sent).await?;
        failover::run(guide, stage, &sent).await?;
        guide.step("Where to look next");
        say("  a good start    README.md, docs/ARCHITECTURE.md, docs/abi.md");
        if !self.exit {
            while_it_is_up(stage)?;
        }
        Ok(())
    }

    async fn set_up(&self, guide: &mut Guide) -> Result<Stage, Failure> {
        guide.step("Postmark and SendGrid are simulated on this machine; a plugin for each is loaded from disk");
        let plugins = match &self.plugins {
            Some(folder) => folder.clone(),
            None => beside_this_program()?,
        };
        let stage = Stage::set(&plugins).await?;
        stage.show_plugins();
        Ok(stage)
    }
}

/// What a person can look at until the demonstration ends.
fn while_it_is_up(stage: &Stage) -> Result<(), Failure> {
    let program = std::env::current_exe().map_err(Failure::failed)?;
    let (program, config) = (program.display(), stage.config());
    for (what, command) in [
        ("messages", "messages list"),
        ("a decision", "explain ID"),
        ("opt-outs", "dnc list"),
        ("the ledger", "verify"),
    ] {
        say(format_args!(
            "  {what:14}  {program} {command} --config {}",
            config.display()
        ));
    }
    let base = stage.service.base_url();
    say(format_args!(
        "  dashboard       {base}/  (any user name; password {})",
        stage.token
    ));
    say(format_args!(
        "  the CRM's feed  {base}/api/events?after=0  (the same password)"
    ));
    say(dim(
        "\nThe service stays up until Ctrl-C; then everything of the demonstration is removed.",
    ));
    Ok(())
}

fn beside_this_program() -> Result<PathBuf, Failure> {
    let program = std::env::current_exe().map_err(Failure::failed)?;
    program
        .parent()
        .map(PathBuf::from)
        .ok_or_else(|| Failure::usage("name the plugins' folder with --plugins"))
}
