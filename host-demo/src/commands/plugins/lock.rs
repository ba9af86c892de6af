//! `host-demo plugins lock`: somebody says yes to exactly these bytes.

use std::process::ExitCode;

use clap::Args;
use plugin_host::PluginLock;

use super::list::scan;
use crate::commands::{ConfigArgument, Failure};
use crate::config::Config;
use crate::terminal::{say, tell, warn};

#[derive(Debug, Args)]
pub(crate) struct Lock {
    #[command(flatten)]
    config: ConfigArgument,
}

impl Lock {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let plugins = Config::plugins_of(&self.config.config)?;
        let (_, files, others) = scan(&plugins)?;
        if files.is_empty() {
            return Err(Failure::failed(
                "there is no plugin in the configured directories; the lock file stays as it was",
            ));
        }
        PluginLock::of(&plugins.lock, &files)
            .write()
            .map_err(Failure::failed)?;
        for file in &files {
            let descriptor = file.descriptor();
            say(format_args!(
                "{} {}  {}  {}",
                descriptor.name,
                descriptor.version,
                file.hash(),
                file.path().display()
            ));
        }
        for other in &others {
            tell(format_args!("{} {other}", warn("left out:")));
        }
        say(format_args!("Pinned in {}.", plugins.lock.display()));
        Ok(ExitCode::SUCCESS)
    }
}
