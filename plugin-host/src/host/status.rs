//! How the engine and its providers are doing.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Host;
use crate::routing::{HealthSnapshot, HealthState, Scope};

/// A provider as operations sees it.
#[derive(Debug, Clone, Serialize)]
pub struct ProviderStatus {
    /// Its name.
    pub name: String,
    /// The plugin's name.
    pub plugin: String,
    /// The plugin's version.
    pub version: String,
    /// The ABI the plugin was built for.
    pub abi: String,
    /// The library's SHA-256.
    pub sha256: String,
    /// Why the library was let in.
    pub trust: String,
    /// The account at the service, once its check has succeeded.
    pub account: Option<String>,
    /// What its last check found wrong. It is used all the same, since its service may be back any moment.
    pub problem: Option<String>,
    /// What it can do, with limits.
    pub capabilities: BTreeMap<String, u64>,
    /// Calls running now.
    pub in_flight: usize,
    /// Messages in one call at the most.
    pub max_batch: usize,
    /// What is known of its health; nothing when nothing ever went wrong.
    pub health: Vec<HealthSnapshot>,
}

/// A provider that was refused.
#[derive(Debug, Clone, Serialize)]
pub struct RefusedProvider {
    /// Its name.
    pub name: String,
    /// Its library, as configured.
    pub library: String,
    /// What kind of refusal, in a word for programs and for strangers: see [`PluginError::kind`](crate::PluginError::kind).
    pub kind: &'static str,
    /// One sentence. It may name files and settings, so it is for operators.
    pub reason: String,
}

/// Whether the host can do its work.
#[derive(Debug, Clone, Serialize)]
pub struct Readiness {
    /// Whether every route has a provider.
    pub ready: bool,
    /// Routes without any.
    pub routes_without_provider: Vec<String>,
    /// Providers that were refused.
    pub refused: Vec<RefusedProvider>,
}

fn is_whole(scope: &Scope) -> bool {
    matches!(scope, Scope::Provider | Scope::Account)
}

impl ProviderStatus {
    /// Whether it is asked at all, whatever the sender and the stream: `closed` (yes), `half-open` (for one message), `open` (no).
    pub fn circuit(&self) -> &'static str {
        let whole = self.health.iter().filter(|part| is_whole(&part.key.scope));
        let states: Vec<&HealthState> = whole.map(|part| &part.health).collect();
        if states
            .iter()
            .any(|state| matches!(state, HealthState::Open { .. }))
        {
            "open"
        } else if states.contains(&&HealthState::HalfOpen) {
            "half-open"
        } else {
            "closed"
        }
    }

    /// How many of its streams and senders rest on their own.
    pub fn resting_parts(&self) -> usize {
        let rests = |part: &&HealthSnapshot| {
            !is_whole(&part.key.scope) && matches!(part.health, HealthState::Open { .. })
        };
        self.health.iter().filter(rests).count()
    }
}

impl Host {
    /// Every provider that runs.
    pub fn providers(&self) -> Vec<ProviderStatus> {
        let engine = &self.inner.engine;
        let health = engine.health_snapshots();
        let running = self.inner.registry.iter().filter_map(|instance| {
            let channel = engine.channels.get(instance.name())?;
            let plugin = instance.plugin();
            let checked = channel.checked();
            Some(ProviderStatus {
                name: channel.name.clone(),
                plugin: channel.build.name.clone(),
                version: channel.build.version.clone(),
                abi: plugin.descriptor.abi.to_string(),
                sha256: channel.build.hash.clone(),
                trust: plugin.trust.to_string(),
                account: checked.account,
                problem: checked.problem,
                capabilities: channel
                    .capabilities
                    .iter()
                    .map(|(key, limit)| (key.to_owned(), limit))
                    .collect(),
                in_flight: channel.in_flight(),
                max_batch: channel.max_batch,
                health: health
                    .iter()
                    .filter(|snapshot| snapshot.key.provider == channel.name)
                    .cloned()
                    .collect(),
            })
        });
        running.collect()
    }

    /// Whether every route has a provider, and which providers were refused.
    pub fn readiness(&self) -> Readiness {
        let engine = &self.inner.engine;
        let lacks = |route: &&crate::routing::Route| {
            !route
                .pool
                .iter()
                .any(|entry| engine.channels.contains_key(&entry.provider))
        };
        let without: Vec<String> = engine
            .routes
            .iter()
            .filter(lacks)
            .map(|route| route.name.clone())
            .collect();
        let refused = self
            .inner
            .registry
            .refused()
            .iter()
            .map(|refused| RefusedProvider {
                name: refused.provider.clone(),
                library: refused.library.clone(),
                kind: refused.error.kind(),
                reason: refused.error.to_string(),
            });
        Readiness {
            ready: without.is_empty(),
            routes_without_provider: without,
            refused: refused.collect(),
        }
    }
}
