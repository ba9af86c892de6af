//! What an application tells the engine. Plain data: whoever builds it has read and checked it.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::compliance::FlagScope;
use crate::delivery::{Backoff, ReconcileConfig};
use crate::plugins::LoaderConfig;
use crate::routing::Route;

/// Everything the engine needs.
#[derive(Debug, Clone)]
pub struct HostConfig {
    /// The store's file.
    pub store: PathBuf,
    /// Where plugins are found and which may run.
    pub plugins: LoaderConfig,
    /// The providers, each an instance of a plugin.
    pub providers: Vec<ProviderConfig>,
    /// The routes; the first that fits takes a message.
    pub routes: Vec<Route>,
    /// Attempts, deadlines, doubt.
    pub delivery: DeliveryConfig,
    /// Where a flag on an address holds.
    pub flag_scope: FlagScope,
}

/// One provider.
#[derive(Clone)]
pub struct ProviderConfig {
    /// Its name.
    pub name: String,
    /// The plugin's name, or a path to its file.
    pub library: String,
    /// The plugin's settings, a JSON object. Holds secrets.
    pub settings: serde_json::Value,
    /// Messages a second; 0: no limit.
    pub rate_limit: f64,
    /// Calls at a time.
    pub max_in_flight: usize,
    /// Messages in one call at the most; the provider's own limit holds as well.
    pub max_batch: usize,
}

impl ProviderConfig {
    /// No rate limit, 8 calls at a time, 50 messages in one.
    pub fn new(
        name: impl Into<String>,
        library: impl Into<String>,
        settings: serde_json::Value,
    ) -> Self {
        Self {
            name: name.into(),
            library: library.into(),
            settings,
            rate_limit: 0.0,
            max_in_flight: 8,
            max_batch: 50,
        }
    }
}

/// Settings hold secrets and are left out.
impl fmt::Debug for ProviderConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderConfig")
            .field("name", &self.name)
            .field("library", &self.library)
            .field("rate_limit", &self.rate_limit)
            .field("max_in_flight", &self.max_in_flight)
            .field("max_batch", &self.max_batch)
            .finish_non_exhaustive()
    }
}

/// How messages are delivered.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DeliveryConfig {
    /// A message older than this is rejected instead of tried again.
    pub max_age: Duration,
    /// Attempts of one message at the most.
    pub max_attempts: u32,
    /// When the host stops waiting for a call and holds its outcome for unknown.
    pub soft_deadline: Duration,
    /// When a call is stopped.
    pub hard_deadline: Duration,
    /// How long a message waits for its next attempt.
    pub backoff: Backoff,
    /// Bytes to be kept free on the store's disk: with less, no message is accepted, so that those at hand can be delivered.
    pub disk_reserve: u64,
    /// How doubt is settled.
    pub reconcile: ReconcileConfig,
}

/// Three days, 20 attempts, deadlines of 30 s and 2 min, 64 MiB kept free.
impl Default for DeliveryConfig {
    fn default() -> Self {
        Self {
            max_age: Duration::from_secs(3 * 24 * 60 * 60),
            max_attempts: 20,
            soft_deadline: Duration::from_secs(30),
            hard_deadline: Duration::from_secs(120),
            backoff: Backoff::default(),
            disk_reserve: 64 * 1024 * 1024,
            reconcile: ReconcileConfig::default(),
        }
    }
}
