//! What the engine is told of the configuration.

use plugin_host::HostConfig;

use super::{Config, ConfigError, Fault};

/// Verified copies of libraries stand beside the store, under this name.
const COPIES: &str = "plugin-copies";

impl Config {
    /// The engine's part.
    ///
    /// # Errors
    /// When the lock file is there and cannot be read or understood.
    pub(crate) fn engine(&self) -> Result<HostConfig, ConfigError> {
        let copies = self.store.with_file_name(COPIES);
        let plugins = self
            .plugins
            .loader(copies)
            .map_err(|fault| ConfigError::Faults {
                path: self.plugins.lock.clone(),
                faults: vec![Fault {
                    key: "plugins.lock".to_owned(),
                    problem: format!("names a file that cannot be used: {fault}"),
                }],
            })?;
        Ok(HostConfig {
            store: self.store.clone(),
            plugins,
            providers: self.providers.clone(),
            routes: self.routes.clone(),
            delivery: self.delivery,
            flag_scope: self.unsubscribe.scope,
        })
    }
}
