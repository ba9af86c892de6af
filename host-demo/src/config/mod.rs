//! The configuration file: read once at the start, every fault reported at once.
//!
//! `config/default.toml` beside this crate's sources names every key with its unit, default and range.

mod callers;
mod checks;
mod delivery;
mod engine;
mod environment;
mod faults;
mod plugins;
mod providers;
mod routes;
mod section;
mod server;
mod store;
#[cfg(test)]
mod tests;
mod unsubscribe;
mod values;

pub(crate) use callers::Callers;
pub(crate) use faults::{ConfigError, Fault, Faults};
pub(crate) use plugins::PluginsConfig;
pub(crate) use section::Section;
pub(crate) use server::{ServerConfig, Token};

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use plugin_host::{DeliveryConfig, ProviderConfig, Route};
use toml::Table;
use unsubscribe::UnsubscribeSettings;

/// Everything the file says.
#[derive(Clone)]
pub(crate) struct Config {
    /// The file it was read from.
    pub(crate) path: PathBuf,
    pub(crate) server: ServerConfig,
    pub(crate) store: PathBuf,
    pub(crate) plugins: PluginsConfig,
    pub(crate) providers: Vec<ProviderConfig>,
    pub(crate) routes: Vec<Route>,
    pub(crate) delivery: DeliveryConfig,
    pub(crate) unsubscribe: UnsubscribeSettings,
    /// Who may call `/webhooks/NAME`.
    pub(crate) webhooks: BTreeMap<String, Callers>,
}

impl Config {
    /// Reads the file, with `${NAME}` from this process's environment.
    ///
    /// # Errors
    /// When it cannot be read, is not TOML, or holds faults: all of them.
    pub(crate) fn load(path: &Path) -> Result<Self, ConfigError> {
        let (config, faults) = read(path)?;
        or_faults(path, config, faults.into_inner())
    }

    /// Only where the store is: for commands that look at the record and need no secrets.
    ///
    /// # Errors
    /// As [`Config::load`], with the faults of `[store]` alone.
    pub(crate) fn store_of(path: &Path) -> Result<PathBuf, ConfigError> {
        Ok(Self::load_for(path, "store")?.store)
    }

    /// For commands that look at plugin libraries and at who uses them, and need no secrets: settings may hold what is not so.
    ///
    /// # Errors
    /// As [`Config::load`], with the faults of `[plugins]` alone.
    pub(crate) fn for_plugins(path: &Path) -> Result<Self, ConfigError> {
        Self::load_for(path, "plugins")
    }

    fn load_for(path: &Path, table: &str) -> Result<Self, ConfigError> {
        let (config, faults) = read(path)?;
        let is_inside = |key: &str| key.split('.').next() == Some(table);
        let faults = faults
            .into_inner()
            .into_iter()
            .filter(|fault| is_inside(&fault.key));
        or_faults(path, config, faults.collect())
    }
}

fn read(path: &Path) -> Result<(Config, Faults), ConfigError> {
    let table = parse(path)?;
    let (mut config, faults) = interpret(table, folder(path), &|name| std::env::var(name).ok());
    config.path = path.to_owned();
    Ok((config, faults))
}

fn or_faults(path: &Path, config: Config, faults: Vec<Fault>) -> Result<Config, ConfigError> {
    if faults.is_empty() {
        return Ok(config);
    }
    let path = path.to_owned();
    Err(ConfigError::Faults { path, faults })
}

fn folder(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
}

fn parse(path: &Path) -> Result<Table, ConfigError> {
    let text = fs::read_to_string(path).map_err(|source| ConfigError::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    text.parse::<Table>().map_err(|fault| {
        // The parser's own display repeats the line, which may hold a secret.
        let before = &text[..fault.span().map_or(0, |span| span.start.min(text.len()))];
        ConfigError::Syntax {
            path: path.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before.chars().rev().take_while(|c| *c != '\n').count() + 1,
            message: fault.message().to_owned(),
        }
    })
}

fn interpret(mut table: Table, base: &Path, lookup: &environment::Lookup<'_>) -> (Config, Faults) {
    let faults = Faults::default();
    environment::fill_in("", &mut table, lookup, &faults);
    let mut file = Section::new("", table, &faults);
    let has_unsubscribe = file.has("unsubscribe");
    let providers = providers::read(file.named_sections("providers"), base, &faults);
    let routes = file.sections("routes").into_iter();
    let config = Config {
        path: PathBuf::new(),
        server: server::read(file.section("server")),
        store: store::read(file.section("store"), base),
        plugins: plugins::read(file.section("plugins"), base),
        routes: routes
            .map(|route| routes::read(route, &providers))
            .collect(),
        providers,
        delivery: delivery::read(file.section("delivery")),
        unsubscribe: unsubscribe::read(file.section("unsubscribe"), has_unsubscribe),
        webhooks: file
            .named_sections("webhooks")
            .into_iter()
            .map(webhook)
            .collect(),
    };
    store::read_retention(file.section("retention"));
    file.finish();
    checks::providers(&config.providers, &faults);
    checks::routes(&config.routes, &faults);
    checks::webhooks(&config.webhooks, &config.providers, &faults);
    (config, faults)
}

fn webhook((name, mut section): (String, Section<'_>)) -> (String, Callers) {
    let callers = Callers::read(&mut section);
    section.finish();
    (name, callers)
}
