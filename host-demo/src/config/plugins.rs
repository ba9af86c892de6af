//! `[plugins]`: where libraries are, and which are accepted.

use std::path::{Path, PathBuf};

use plugin_host::{HostProfile, LoaderConfig, PluginLock, TrustedKey};
use toml::Value;

use super::Section;

/// Where plugin libraries are looked for, and which of them may be loaded.
#[derive(Debug, Clone)]
pub(crate) struct PluginsConfig {
    /// Where `library = "NAME"` is looked for.
    pub(crate) directories: Vec<PathBuf>,
    /// The file that pins accepted builds.
    pub(crate) lock: PathBuf,
    /// Whose signatures are accepted.
    pub(crate) trusted_keys: Vec<TrustedKey>,
    /// Whether to load what is neither pinned nor signed.
    pub(crate) allow_unsigned: bool,
}

pub(super) fn read(mut section: Section<'_>, base: &Path) -> PluginsConfig {
    let directories = section
        .strings("directories")
        .unwrap_or_else(|| vec!["plugins".to_owned()]);
    let lock = section
        .string("lock")
        .unwrap_or_else(|| "plugins.lock".to_owned());
    let plugins = PluginsConfig {
        directories: directories.iter().map(|name| base.join(name)).collect(),
        lock: base.join(lock),
        trusted_keys: trusted_keys(&mut section),
        allow_unsigned: section.boolean("allow_unsigned", false),
    };
    section.finish();
    plugins
}

fn trusted_keys(section: &mut Section<'_>) -> Vec<TrustedKey> {
    let mut keys: Vec<TrustedKey> = Vec::new();
    let values = section.list("trusted_keys").unwrap_or_default();
    for (index, value) in values.into_iter().enumerate() {
        let place = format!("trusted_keys[{index}]");
        let Value::String(text) = value else {
            let _: Option<()> = section.wrong(&place, "a string", &value);
            continue;
        };
        match text.parse() {
            Ok(key) if keys.contains(&key) => {
                section.fault(
                    &place,
                    format!("names the key {} a second time; remove it", key.id()),
                );
            }
            Ok(key) => keys.push(key),
            Err(fault) => section.fault(&place, fault.to_string()),
        }
    }
    keys
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
        loader.trusted_keys.clone_from(&self.trusted_keys);
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
