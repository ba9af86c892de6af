//! Which configured providers use a library, and which of them an operator has paused.

use std::path::Path;

use plugin_host::{Pause, PauseSubject, PluginFile, ProviderConfig, Record};
use serde_json::{Value, json};

use crate::commands::Failure;
use crate::config::Config;
use crate::terminal::{time, warn};

pub(super) struct Users {
    providers: Vec<ProviderConfig>,
    pauses: Vec<Pause>,
}

impl Users {
    /// # Errors
    /// When there is a store that cannot be read.
    pub(super) async fn of(config: Config) -> Result<Self, Failure> {
        // Without a store no host has run yet, so nobody has paused anything.
        let pauses = match config.store.exists() {
            true => pauses(&config.store).await?,
            false => Vec::new(),
        };
        Ok(Self {
            providers: config.providers,
            pauses,
        })
    }

    /// `main, second (paused since …: new keys)`
    pub(super) fn told(&self, file: &PluginFile) -> String {
        let told = self.using(file).map(|name| match self.pause(name) {
            None => name.to_owned(),
            Some(pause) => warn(&format!(
                "{name} (paused since {}: {})",
                time(pause.since),
                pause.reason
            )),
        });
        told.collect::<Vec<_>>().join(", ")
    }

    pub(super) fn as_json(&self, file: &PluginFile) -> Value {
        let shown = self.using(file).map(|name| {
            let pause = self
                .pause(name)
                .map(|pause| json!({ "since": pause.since, "reason": pause.reason }));
            json!({ "name": name, "paused": pause })
        });
        shown.collect()
    }

    /// A provider names its library by the plugin's name, or by a path.
    fn using(&self, file: &PluginFile) -> impl Iterator<Item = &str> {
        let users = self.providers.iter().filter(|provider| {
            provider.library == file.descriptor().name
                || is_same(Path::new(&provider.library), file.path())
        });
        users.map(|provider| provider.name.as_str())
    }

    fn pause(&self, provider: &str) -> Option<&Pause> {
        let is_it =
            |pause: &&Pause| pause.subject == PauseSubject::Provider && pause.name == provider;
        self.pauses.iter().find(is_it)
    }
}

async fn pauses(store: &Path) -> Result<Vec<Pause>, Failure> {
    let record = Record::open(store).map_err(Failure::failed)?;
    record.pauses().await.map_err(Failure::failed)
}

fn is_same(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}
