//! `host-demo plugins …`

mod inspect;
mod list;
mod lock;
mod users;

use std::process::ExitCode;

use clap::Subcommand;

use super::Failure;

#[derive(Debug, Subcommand)]
pub(crate) enum Plugins {
    /// Show the plugins in the configured directories, whether they would be loaded, and which providers use them.
    List(list::List),
    /// Show what a library says about itself, without running any of its code.
    Inspect(inspect::Inspect),
    /// Pin the libraries that configured providers use: writes their hashes into the lock file.
    Lock(lock::Lock),
}

impl Plugins {
    pub(super) async fn run(self) -> Result<ExitCode, Failure> {
        match self {
            Self::List(list) => list.run().await,
            Self::Inspect(inspect) => inspect.run().await,
            Self::Lock(lock) => lock.run(),
        }
    }
}
