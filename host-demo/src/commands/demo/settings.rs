//! The configuration file of the demonstration's host: as short as one can be, and one that commands can use while it plays.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::accounts::{Account, Callback};
use crate::commands::Failure;
use crate::config::Config;

/// What differs from one demonstration to the next.
pub(super) struct Settings<'a> {
    pub(super) plugins: &'a Path,
    pub(super) callback: &'a Callback,
    pub(super) token: &'a str,
    pub(super) accounts: &'a [Account; 2],
}

impl Settings<'_> {
    /// Writes the file, and reads it as the host would.
    pub(super) fn write(&self, path: &Path) -> Result<Config, Failure> {
        let text = toml::to_string(&self.tables()).map_err(Failure::failed)?;
        let text = format!("# Written by `host-demo demo`. Everything in it is simulated.\n{text}");
        fs::write(path, text).map_err(Failure::failed)?;
        Ok(Config::load(path)?)
    }

    fn tables(&self) -> Value {
        let reporters = json!({ "basic_auth": [self.callback.basic_auth()] });
        let (mut providers, mut webhooks, mut pool) = (Map::new(), Map::new(), Vec::new());
        for account in self.accounts {
            let name = account.provider.to_owned();
            pool.push(json!({ "provider": name, "weight": account.weight }));
            webhooks.insert(name.clone(), reporters.clone());
            providers.insert(name, account.table());
        }
        json!({
            "server": { "listen": self.callback.host, "tokens": [self.token] },
            "store": { "url": "sqlite://host.db" },
            "plugins": { "directories": [self.plugins] },
            "providers": providers,
            "webhooks": webhooks,
            "routes": [{ "name": "default", "pool": pool }],
            "unsubscribe": reporters,
        })
    }
}
