//! What tests of plugins share.

pub(crate) mod api;
pub(crate) mod family;
mod host_run;
mod keys;
mod line;
mod log;
mod own_address;
mod process;
pub(crate) mod service;
pub(crate) mod wire;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use plugin_host::{LoadedPlugin, LoaderConfig, PluginFile, PluginLoader, ProviderInstance};
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) use host_run::{HostRun, run_host};
pub(crate) use keys::Key;
pub(crate) use line::Line;
pub(crate) use log::records_of;
pub(crate) use own_address::own_address;
pub(crate) use process::{
    alone, has_minisign, has_strace, has_valgrind, maps, run, skip, tell, this_program, threads,
};

/// Generous: what has not happened by then never will.
pub(crate) const PATIENCE: Duration = Duration::from_secs(180);

/// A folder for plugins, and a loader of whatever is in it.
pub(crate) struct Workshop {
    folder: TempDir,
}

impl Workshop {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::create_dir(folder.path().join("plugins")).expect("a folder in it");
        Self { folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("plugins").join(name)
    }

    /// Puts a file among the plugins.
    pub(crate) fn put(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, content).expect("a file is written");
        path
    }

    /// Pins nothing, asks for no pin.
    pub(crate) fn config(&self) -> LoaderConfig {
        let mut config = LoaderConfig::new(self.folder.path().join("copies"));
        config.directories = vec![self.folder.path().join("plugins")];
        config.allow_unsigned = true;
        config
    }

    pub(crate) fn loader(&self) -> PluginLoader {
        PluginLoader::new(self.config())
    }

    /// Loads a library from where it is.
    pub(crate) fn load(&self, path: &Path) -> LoadedPlugin {
        let file = PluginFile::read(path).expect("a plugin");
        self.loader().load(&file).expect("it can be loaded")
    }
}

/// The hostile plugin as a provider with these settings beside a token.
pub(crate) async fn hostile(name: &str, settings: Value) -> ProviderInstance {
    hostile_of(
        &Workshop::new().load(&system_tests::plugin("hostile")),
        name,
        settings,
    )
    .await
}

pub(crate) async fn hostile_of(
    plugin: &LoadedPlugin,
    name: &str,
    settings: Value,
) -> ProviderInstance {
    let made = plugin.create(name, &with_token(settings)).await;
    made.expect("its constructor is content")
}

pub(crate) fn with_token(mut settings: Value) -> Value {
    if settings.get("token").is_none() {
        settings["token"] = json!("token-for-tests");
    }
    settings
}

/// Waits until something holds.
///
/// # Panics
/// When it does not in all patience.
pub(crate) fn eventually(what: &str, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "still not so: {what}");
        std::thread::yield_now();
    }
}
