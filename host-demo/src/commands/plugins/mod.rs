//! `host-demo plugins …`

mod config_edit;
mod inspect;
mod list;
mod lock;
mod new_key;
mod password;
mod sign;
mod signing_key;
mod standing;
mod trust;
mod users;
mod verify;

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
    /// Make a pair of keys to sign plugins with.
    NewKey(new_key::NewKey),
    /// Sign libraries: writes FILE.minisig beside each.
    Sign(sign::Sign),
    /// Trust a key: every library that it signs may be loaded.
    Trust(trust::Trust),
    /// Say of every provider's library whether it would be loaded: pinned, signed by a trusted key, or neither. Exit code 1 if one would not.
    Verify(verify::Verify),
}

impl Plugins {
    pub(super) async fn run(self) -> Result<ExitCode, Failure> {
        match self {
            Self::List(list) => list.run().await,
            Self::Inspect(inspect) => inspect.run().await,
            Self::Lock(lock) => lock.run(),
            Self::NewKey(new_key) => new_key.run(),
            Self::Sign(sign) => sign.run(),
            Self::Trust(trust) => trust.run(),
            Self::Verify(verify) => verify.run(),
        }
    }
}
