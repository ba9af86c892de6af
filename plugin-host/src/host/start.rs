//! From a configuration to a running engine.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use plugin_api::Provider;

use super::disk::Disk;
use super::{Host, Inner};
use crate::clock::{Clock, SystemClock};
use crate::config::{HostConfig, ProviderConfig};
use crate::delivery::{
    BootId, Build, Channel, Engine, Marks, Slots, in_doubt_policy, interrupted, slot_file,
};
use crate::events::Inbox;
use crate::plugins::{PluginLoader, ProviderInstance, ProviderSpec, Registry};
use crate::store::{Interrupted, StoreError};

/// Why the engine did not start. A refused plugin is no reason: see [`Host::readiness`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A route's settings contradict each other.
    #[error("route `{route}`: {problem}")]
    Route {
        /// The route's name.
        route: String,
        /// What is wrong with it.
        problem: String,
    },
}

impl Host {
    /// Opens the store, settles what an earlier run left behind, loads and checks the plugins, and starts delivery.
    ///
    /// # Errors
    /// When the store cannot be used or a route is faulty. A plugin that is refused, or whose credentials are, stops nobody.
    pub async fn start(config: HostConfig) -> Result<Self, StartError> {
        for route in &config.routes {
            if let Some(fault) = route.faults().first() {
                return Err(StartError::Route {
                    route: route.name.clone(),
                    problem: fault.to_string(),
                });
            }
        }
        let store = crate::store::open(&config.store)?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let policies = config.routes.clone();
        let now = clock.now();
        let (boot, slot_file) = (BootId::of_this_machine(), slot_file(&config.store));
        let marks = Marks::read(&slot_file, boot);
        let plan = move |one: &Interrupted| {
            interrupted(one, &marks, now, in_doubt_policy(&policies, &one.route))
        };
        let interrupted = store.recover(Box::new(plan)).await?;
        if interrupted > 0 {
            tracing::warn!(
                messages = interrupted,
                "an earlier run stopped in the middle of its work; what may have left is in doubt, the rest is queued again"
            );
        }
        let registry = load(&config).await;
        let channels = channels(&config, &registry, &*clock);
        // Decisions are stored and shown to whoever may read a message; which file was refused, and why, is the operator's.
        let refused = registry
            .refused()
            .iter()
            .map(|refused| (refused.provider.clone(), refused.error.kind()));
        let largest_call = channels.values().map(|channel| channel.max_batch).max();
        let slots = Slots::begin(&slot_file, store.epoch(), boot, largest_call.unwrap_or(1))
            .map_err(|error| unmarkable(&slot_file, &error))?;
        let engine = Arc::new(Engine::new(
            Arc::clone(&store),
            clock,
            config.routes,
            channels,
            refused.collect(),
            config.delivery,
            slots,
        ));
        engine.load_pauses().await?;
        engine.load_rests().await?;
        engine.check_unknown().await;
        let tasks = vec![
            tokio::spawn(Arc::clone(&engine).run()),
            tokio::spawn(Arc::clone(&engine).reconcile()),
        ];
        Ok(Self {
            inner: Arc::new(Inner {
                disk: Disk::of(&config.store, config.delivery.disk_reserve),
                inbox: Inbox::new(Arc::clone(&store), config.flag_scope),
                store,
                engine,
                registry,
                tasks: Mutex::new(tasks),
            }),
        })
    }
}

fn unmarkable(file: &Path, error: &std::io::Error) -> StoreError {
    let file = file.display();
    StoreError::NotWritable {
        problem: format!("its slot file {file} cannot be written ({error})"),
        remedy: "make room on its disk, and let this user write the file and its folder",
    }
}

async fn load(config: &HostConfig) -> Registry {
    let loader = PluginLoader::new(config.plugins.clone());
    let specs: Vec<ProviderSpec> = config
        .providers
        .iter()
        .map(|provider| ProviderSpec {
            name: provider.name.clone(),
            library: provider.library.clone(),
            settings: provider.settings.clone(),
        })
        .collect();
    let registry = Registry::load(&loader, &specs).await;
    for refused in registry.refused() {
        tracing::error!(provider = refused.provider, library = refused.library, error = %refused.error, "a provider was refused");
    }
    registry
}

fn channels(
    config: &HostConfig,
    registry: &Registry,
    clock: &dyn Clock,
) -> BTreeMap<String, Arc<Channel>> {
    let channel = |provider: &ProviderConfig| {
        let instance = registry.get(&provider.name)?;
        Some((
            provider.name.clone(),
            Arc::new(open(provider, instance, clock)),
        ))
    };
    config.providers.iter().filter_map(channel).collect()
}

fn open(config: &ProviderConfig, instance: &Arc<ProviderInstance>, clock: &dyn Clock) -> Channel {
    let plugin = instance.plugin();
    let build = Build {
        name: plugin.descriptor.name.clone(),
        version: plugin.descriptor.version.clone(),
        hash: plugin.hash.to_string(),
    };
    let provider: Arc<dyn Provider> = Arc::clone(instance) as _;
    Channel::new(config, provider, build, clock.now())
}
