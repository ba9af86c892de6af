//! `host-demo plugins lock`: somebody says yes to exactly these bytes.

use std::process::ExitCode;

use clap::Args;
use plugin_host::{LoaderConfig, PluginFile, PluginLoader, PluginLock, ProviderConfig};
use serde_json::json;

use super::list::Pinned;
use crate::commands::{ConfigArgument, Failure, JsonArgument};
use crate::config::Config;
use crate::terminal::{dim, good, say, say_json, table, warn};

/// Pins the libraries that the configured providers use, and no other: a pin is a permission to run.
#[derive(Debug, Args)]
pub(crate) struct Lock {
    #[command(flatten)]
    config: ConfigArgument,
    #[command(flatten)]
    json: JsonArgument,
}

impl Lock {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let Config {
            plugins, providers, ..
        } = Config::for_plugins(&self.config.config)?;
        let copies = std::path::PathBuf::new();
        let before = plugins.loader(copies).map_err(Failure::usage)?;
        let files = used(&before, &providers)?;
        if files.is_empty() {
            return Err(Failure::failed(
                "no provider is configured, so there is no library to pin; the lock file stays as it was",
            ));
        }
        PluginLock::of(&plugins.lock, &files)
            .write()
            .map_err(Failure::failed)?;
        if self.json.json {
            say_json(&as_json(&files, &before));
        } else {
            let headings = ["PLUGIN", "VERSION", "SHA-256", "WAS", "FILE"];
            say(table(headings, files.iter().map(|file| row(file, &before))));
            say(dim(&format!("Pinned in {}.", plugins.lock.display())));
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Each library once, however many providers it serves.
fn used(config: &LoaderConfig, providers: &[ProviderConfig]) -> Result<Vec<PluginFile>, Failure> {
    let loader = PluginLoader::new(config.clone());
    let mut files: Vec<PluginFile> = Vec::new();
    for provider in providers {
        let file = loader.find(&provider.library).map_err(Failure::failed)?;
        if files.iter().all(|known| known.hash() != file.hash()) {
            files.push(file);
        }
    }
    Ok(files)
}

/// What the lock said of the plugin until now.
fn earlier(file: &PluginFile, before: &LoaderConfig) -> &'static str {
    match Pinned::of(file, before) {
        Pinned::Yes => "the same",
        Pinned::OtherBuild => "another build",
        Pinned::No { .. } => "not pinned",
    }
}

fn row(file: &PluginFile, before: &LoaderConfig) -> [String; 5] {
    let descriptor = file.descriptor();
    let earlier = earlier(file, before);
    [
        descriptor.name.clone(),
        descriptor.version.clone(),
        file.hash().to_string(),
        match earlier {
            "the same" => good(earlier),
            _ => warn(earlier),
        },
        file.path().display().to_string(),
    ]
}

fn as_json(files: &[PluginFile], before: &LoaderConfig) -> serde_json::Value {
    let pinned = files.iter().map(|file| {
        let descriptor = file.descriptor();
        json!({
            "name": descriptor.name,
            "version": descriptor.version,
            "sha256": file.hash().to_string(),
            "was": earlier(file, before),
            "file": file.path().display().to_string(),
        })
    });
    pinned.collect()
}
