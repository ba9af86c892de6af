//! `host-demo plugins list`: what is in the directories, and what the loader would say to it.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use plugin_host::{LoaderConfig, PluginError, PluginFile, PluginLoader, PluginLock};
use serde_json::{Value, json};

use super::users::Users;
use crate::commands::{ConfigArgument, Failure, JsonArgument};
use crate::config::{Config, PluginsConfig};
use crate::terminal::{bad, good, say, say_json, table, tell, warn};

#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    config: ConfigArgument,
    /// Look into this directory instead of the configured ones.
    #[arg(long, value_name = "DIR")]
    directory: Option<PathBuf>,
    #[command(flatten)]
    json: JsonArgument,
}

/// What the lock says of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pinned {
    Yes,
    OtherBuild,
    No { allowed: bool },
}

impl List {
    pub(super) async fn run(self) -> Result<ExitCode, Failure> {
        let mut config = Config::for_plugins(&self.config.config)?;
        if let Some(directory) = self.directory {
            config.plugins.directories = vec![directory];
        }
        let (loader, files, others) = scan(&config.plugins)?;
        let users = Users::of(config).await?;
        if self.json.json {
            let shown = files.iter().map(|file| {
                let mut shown = as_json(file, Pinned::of(file, &loader));
                shown["providers"] = users.as_json(file);
                shown
            });
            say_json(&shown.collect::<Vec<_>>());
        } else {
            say(as_table(&files, &loader, &users));
        }
        for other in &others {
            tell(format_args!("{} {other}", warn("no plugin:")));
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The plugins of the directories, and why other libraries there are none.
pub(super) fn scan(
    plugins: &PluginsConfig,
) -> Result<(LoaderConfig, Vec<PluginFile>, Vec<PluginError>), Failure> {
    let config = plugins.loader(PathBuf::new()).map_err(Failure::usage)?;
    let (files, others) = PluginLoader::new(config.clone())
        .scan()
        .map_err(Failure::failed)?;
    Ok((config, files, others))
}

impl Pinned {
    pub(super) fn of(file: &PluginFile, config: &LoaderConfig) -> Self {
        let entries = config.lock.iter().flat_map(PluginLock::entries);
        let builds: Vec<_> = entries
            .filter(|entry| entry.name == file.descriptor().name)
            .collect();
        if builds.iter().any(|entry| entry.sha256 == file.hash()) {
            Self::Yes
        } else if builds.is_empty() {
            Self::No {
                allowed: config.allow_unsigned,
            }
        } else {
            Self::OtherBuild
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Yes => "pinned",
            Self::OtherBuild => "another build is pinned",
            Self::No { allowed: true } => "not pinned, allowed",
            Self::No { allowed: false } => "not pinned",
        }
    }

    fn in_colour(self) -> String {
        match self {
            Self::Yes => good(self.word()),
            Self::No { allowed: true } => warn(self.word()),
            Self::OtherBuild | Self::No { allowed: false } => bad(self.word()),
        }
    }
}

fn as_table(files: &[PluginFile], config: &LoaderConfig, users: &Users) -> String {
    let rows = files.iter().map(|file| {
        let descriptor = file.descriptor();
        [
            descriptor.name.clone(),
            descriptor.version.clone(),
            descriptor.abi.to_string(),
            file.hash().to_string().chars().take(16).collect(),
            Pinned::of(file, config).in_colour(),
            users.told(file),
            descriptor.capabilities.join(" "),
            file.path().display().to_string(),
        ]
    });
    table(
        [
            "PLUGIN",
            "VERSION",
            "ABI",
            "SHA-256",
            "TRUST",
            "PROVIDERS",
            "CAPABILITIES",
            "FILE",
        ],
        rows,
    )
}

pub(super) fn as_json(file: &PluginFile, pinned: Pinned) -> Value {
    let descriptor = file.descriptor();
    json!({
        "name": descriptor.name,
        "version": descriptor.version,
        "abi": descriptor.abi.to_string(),
        "layout": format!("{:016x}", descriptor.layout),
        "compiler": descriptor.compiler,
        "target": descriptor.target,
        "capabilities": descriptor.capabilities,
        "sha256": file.hash().to_string(),
        "size": file.bytes().len(),
        "trust": pinned.word(),
        "file": file.path().display().to_string(),
        "refused": file.check_compatible().err().map(|fault| fault.to_string()),
    })
}
