//! Making the configured providers without an engine: for commands that look at them, or ask them something.

use plugin_host::{LoaderConfig, PluginLoader, ProviderConfig, ProviderInstance};
use tempfile::TempDir;

use super::Failure;
use crate::config::Config;

/// A loader with the host's rules and a place of its own for verified copies.
pub(super) struct Opener {
    loader: PluginLoader,
    providers: Vec<ProviderConfig>,
    _copies: TempDir,
}

impl Opener {
    /// # Errors
    /// When there is no room for copies, or the lock file cannot be read.
    pub(super) fn new(config: &Config) -> Result<Self, Failure> {
        let engine = config.engine()?;
        let copies = tempfile::tempdir().map_err(|fault| {
            Failure::failed(format!(
                "no temporary directory for verified copies of plugins: {fault}"
            ))
        })?;
        let mut loading = LoaderConfig::clone(&engine.plugins);
        loading.copies = copies.path().join("copies");
        Ok(Self {
            loader: PluginLoader::new(loading),
            providers: engine.providers,
            _copies: copies,
        })
    }

    pub(super) fn providers(&self) -> &[ProviderConfig] {
        &self.providers
    }

    /// Loads the library of the provider of this name and makes the provider.
    ///
    /// # Errors
    /// Why not, in a sentence.
    pub(super) async fn open(&self, name: &str) -> Result<ProviderInstance, String> {
        let known = self.providers.iter().find(|provider| provider.name == name);
        let provider = known.ok_or_else(|| format!("provider {name} is no longer configured"))?;
        let made = async {
            let file = self.loader.find(&provider.library)?;
            let plugin = self.loader.load(&file)?;
            plugin.create(&provider.name, &provider.settings).await
        };
        made.await
            .map_err(|fault: plugin_host::PluginError| fault.to_string())
    }
}
