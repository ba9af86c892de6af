//! `[plugins]`: where libraries are, and which are accepted.

use std::path::{Path, PathBuf};

use plugin_host::{HostProfile, LoaderConfig, PluginLock};

use super::Section;

/// Where plugin libraries are looked for, and which of them may be loaded.
#[derive(Debug, Clone)]
pub(crate) struct PluginsConfig {
    /// Where `library = "NAME"` is looked for.
    pub(crate) directories: Vec<PathBuf>,
    /// The file that pins accepted builds.
    pub(crate) lock: PathBuf,
    /// Whether to load what is not pinned.
    pub(crate) allow_unsigned: bool,
}

pub(super) fn read(mut section: Section<'_>, base: &Path) -> PluginsConfig {
    let directories = section
        .strings("directories")
        .unwrap_or_else(|| vec!["plugins".to_owned()]);
    let lock = section
        .string("lock")
        .unwrap_or_else(|| "plugins.lock".to_owned());
    let keys = section.strings("trusted_keys").unwrap_or_default();
    if !keys.is_empty() {
        section.fault(
            "trusted_keys",
            "must be empty: this version checks no signatures yet; pin the libraries with `host-demo plugins lock`",
        );
    }
    let plugins = PluginsConfig {
        directories: directories.iter().map(|name| base.join(name)).collect(),
        lock: base.join(lock),
        allow_unsigned: section.boolean("allow_unsigned", false),
    };
    section.finish();
    plugins
}

impl PluginsConfig {
    /// What the loader needs. A lock file that is not there pins nothing.
    ///
    /// # Errors
    /// When there is a lock file that cannot be read or understood.
    pub(crate) fn loader(&self, copies: PathBuf) -> Result<LoaderConfig, plugin_host::PluginError> {
        let mut loader = LoaderConfig::new(copies);
        loader.directories.clone_from(&self.directories);
        loader.lock = PluginLock::read(&self.lock)?;
        loader.allow_unsigned = self.allow_unsigned;
        loader.host = host_profile();
        Ok(loader)
    }
}

fn host_profile() -> HostProfile {
    let mut profile = HostProfile::default();
    profile.version = concat!("host-demo ", env!("CARGO_PKG_VERSION")).to_owned();
    profile
}
