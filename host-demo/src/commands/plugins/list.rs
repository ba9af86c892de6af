//! `host-demo plugins list`: what is in the directories, and what the loader would say to it.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use plugin_host::{PluginError, PluginFile, PluginLoader};
use serde_json::{Value, json};

use super::standing::{Standing, signature_as_json};
use super::users::Users;
use crate::commands::{ConfigArgument, Failure, JsonArgument};
use crate::config::{Config, PluginsConfig};
use crate::terminal::{say, say_json, table, tell, warn};

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
                let mut shown = as_json(file, Some(&Standing::of(file, &loader)));
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
fn scan(
    plugins: &PluginsConfig,
) -> Result<(PluginLoader, Vec<PluginFile>, Vec<PluginError>), Failure> {
    let loader = loader(plugins)?;
    let (files, others) = loader.scan().map_err(Failure::failed)?;
    Ok((loader, files, others))
}

/// A loader that looks at files and opens none.
pub(super) fn loader(plugins: &PluginsConfig) -> Result<PluginLoader, Failure> {
    let config = plugins.loader(PathBuf::new()).map_err(Failure::usage)?;
    Ok(PluginLoader::new(config))
}

fn as_table(files: &[PluginFile], loader: &PluginLoader, users: &Users) -> String {
    let rows = files.iter().map(|file| {
        let descriptor = file.descriptor();
        [
            descriptor.name.clone(),
            descriptor.version.clone(),
            descriptor.abi.to_string(),
            file.hash().to_string().chars().take(16).collect(),
            Standing::of(file, loader).in_colour(),
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

/// What a file says of itself; and, if there is a configuration, what becomes of it there.
pub(super) fn as_json(file: &PluginFile, standing: Option<&Standing<'_>>) -> Value {
    let descriptor = file.descriptor();
    let unfit = || file.check_compatible().err().map(|fault| fault.to_string());
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
        "trust": standing.map(Standing::word),
        "signature": signature_as_json(file, standing),
        "file": file.path().display().to_string(),
        "refused": standing.map_or_else(unfit, Standing::refusal),
    })
}
