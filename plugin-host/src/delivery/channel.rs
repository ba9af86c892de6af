//! A provider as delivery sees it: who it is, how much it may carry, and how its calls are going.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use jiff::Timestamp;
use plugin_api::{Capabilities, Capability, Provider, UnsubscribeLink};
use tokio::sync::Semaphore;

use super::planner::lock;
use super::rate::RateLimit;
use crate::ProviderConfig;
use crate::routing::{AddressKey, CallScope};
use crate::store::Due;

/// How long a handler may take to name its unsubscribe link.
const LINK_PATIENCE: std::time::Duration = std::time::Duration::from_secs(2);

/// One provider with its limits.
pub(crate) struct Channel {
    pub(crate) name: String,
    pub(crate) provider: Arc<dyn Provider>,
    pub(crate) plugin_name: String,
    pub(crate) plugin_version: String,
    pub(crate) plugin_hash: String,
    pub(crate) capabilities: Capabilities,
    /// The account at the service, as `check` gave it.
    account: RwLock<Option<String>>,
    links: Mutex<BTreeMap<Option<String>, Option<UnsubscribeLink>>>,
    pub(crate) max_batch: usize,
    pub(crate) max_in_flight: usize,
    pub(crate) calls: Arc<Semaphore>,
    pub(super) rate: Mutex<RateLimit>,
}

/// Which build of which plugin stands behind a channel.
pub(crate) struct Build {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) hash: String,
}

impl Channel {
    pub(crate) fn new(
        config: &ProviderConfig,
        provider: Arc<dyn Provider>,
        build: Build,
        now: Timestamp,
    ) -> Self {
        let capabilities = provider.capabilities();
        let own_limit = capabilities.limit(Capability::MaxBatch).unwrap_or(1);
        let own_limit = usize::try_from(own_limit).unwrap_or(usize::MAX);
        let max_in_flight = config.max_in_flight.max(1);
        Self {
            name: config.name.clone(),
            provider,
            plugin_name: build.name,
            plugin_version: build.version,
            plugin_hash: build.hash,
            capabilities,
            account: RwLock::default(),
            links: Mutex::default(),
            max_batch: config.max_batch.min(own_limit).max(1),
            max_in_flight,
            calls: Arc::new(Semaphore::new(max_in_flight)),
            rate: Mutex::new(RateLimit::new(config.rate_limit, now)),
        }
    }

    pub(crate) fn account(&self) -> Option<String> {
        self.account
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn learn_account(&self, account: String) {
        *self.account.write().unwrap_or_else(PoisonError::into_inner) = Some(account);
    }

    /// What the provider's handler puts in place of the unsubscribe tag on a stream; asked once, off the async threads.
    pub(crate) async fn link(&self, stream: Option<&str>) -> Option<UnsubscribeLink> {
        let key = stream.map(str::to_owned);
        if let Some(known) = lock(&self.links).get(&key) {
            return known.clone();
        }
        let (provider, asked) = (Arc::clone(&self.provider), key.clone());
        let render = move || provider.render_unsubscribe(asked.as_deref());
        let rendered =
            tokio::time::timeout(LINK_PATIENCE, tokio::task::spawn_blocking(render)).await;
        let Ok(Ok(link)) = rendered else {
            tracing::error!(
                provider = self.name,
                "the plugin gave no unsubscribe link in time; this mail goes without one"
            );
            return None;
        };
        lock(&self.links).insert(key, link.clone());
        link
    }

    /// How many calls run now.
    pub(crate) fn in_flight(&self) -> usize {
        self.max_in_flight
            .saturating_sub(self.calls.available_permits())
    }

    /// A call of this message, as far as health is concerned.
    pub(crate) fn scope<'a>(&'a self, due: &'a Due) -> CallScope<'a> {
        CallScope {
            provider: &self.name,
            plugin_version: &self.plugin_version,
            stream: due.stream.as_deref().unwrap_or_default(),
            sender: AddressKey::of(sender_address(&due.sender)),
        }
    }
}

fn sender_address(sender: &str) -> &str {
    sender
        .rsplit_once('<')
        .map_or(sender, |(_, address)| address.trim_end_matches('>'))
}
