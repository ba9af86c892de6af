//! `host-demo plugins lock`: somebody says yes to exactly these bytes.

use std::process::ExitCode;

use clap::Args;
use plugin_host::{
    LoaderConfig, LockEntry, PluginFile, PluginLoader, PluginLock, ProviderConfig, Trust,
};
use serde_json::json;

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
        let mut config = plugins.loader(copies).map_err(Failure::usage)?;
        let before = config.lock.take().unwrap_or_default();
        let files = used(config, &providers)?;
        if files.is_empty() {
            return Err(Failure::failed(
                "no provider is configured, so there is no library to pin; the lock file stays as it was",
            ));
        }
        PluginLock::of(&plugins.lock, files.iter().map(|used| &used.file))
            .write()
            .map_err(Failure::failed)?;
        if self.json.json {
            say_json(&as_json(&files, &before));
        } else {
            let headings = ["PLUGIN", "VERSION", "SHA-256", "WAS", "SIGNED BY", "FILE"];
            say(table(headings, files.iter().map(|used| row(used, &before))));
            say(dim(&format!("Pinned in {}.", plugins.lock.display())));
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// A library that was accepted, and by whose signature beside this yes.
struct Used {
    file: PluginFile,
    trust: Trust,
}

/// Each library once, however many providers it serves. Not one whose signature shows that something is wrong with it.
fn used(mut config: LoaderConfig, providers: &[ProviderConfig]) -> Result<Vec<Used>, Failure> {
    config.allow_unsigned = true;
    let loader = PluginLoader::new(config);
    let mut all: Vec<Used> = Vec::new();
    for provider in providers {
        let file = loader.find(&provider.library).map_err(Failure::failed)?;
        if all.iter().all(|known| known.file.hash() != file.hash()) {
            let trust = loader.trust(&file).map_err(Failure::failed)?;
            all.push(Used { file, trust });
        }
    }
    Ok(all)
}

/// What the lock said of the plugin until now.
fn earlier(file: &PluginFile, before: &PluginLock) -> &'static str {
    let is_of_it = |entry: &&LockEntry| entry.name == file.descriptor().name;
    let mut builds = before.entries().iter().filter(is_of_it).peekable();
    if builds.peek().is_none() {
        "not pinned"
    } else if builds.any(|entry| entry.sha256 == file.hash()) {
        "the same"
    } else {
        "another build"
    }
}

/// The trusted key that has signed it.
fn signer(trust: Trust) -> Option<String> {
    match trust {
        Trust::Signed { key } => Some(key.to_string()),
        _ => None,
    }
}

fn row(Used { file, trust }: &Used, before: &PluginLock) -> [String; 6] {
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
        signer(*trust).unwrap_or_default(),
        file.path().display().to_string(),
    ]
}

fn as_json(files: &[Used], before: &PluginLock) -> serde_json::Value {
    let pinned = files.iter().map(|Used { file, trust }| {
        let descriptor = file.descriptor();
        json!({
            "name": descriptor.name,
            "version": descriptor.version,
            "sha256": file.hash().to_string(),
            "was": earlier(file, before),
            "signed_by": signer(*trust),
            "file": file.path().display().to_string(),
        })
    });
    pinned.collect()
}
