//! A provider as delivery sees it: who it is, how much it may carry, and how its calls are going.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use plugin_api::{Capabilities, Capability, Provider};

use super::invalid_run::InvalidRun;
use super::links::Links;
use super::lock::lock;
use super::rate::RateLimit;
use crate::ProviderConfig;
use crate::routing::{AddressKey, CallScope};
use crate::store::Due;

/// One provider with its limits.
pub(crate) struct Channel {
    pub(crate) name: String,
    pub(crate) provider: Arc<dyn Provider>,
    pub(crate) build: Build,
    pub(crate) capabilities: Capabilities,
    pub(crate) max_batch: usize,
    pub(super) links: Links,
    pub(super) rate: Mutex<RateLimit>,
    pub(super) invalid_run: Mutex<InvalidRun>,
    max_in_flight: usize,
    in_flight: AtomicUsize,
    checked: Mutex<Checked>,
}

/// Which build of which plugin stands behind a channel.
pub(crate) struct Build {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) hash: String,
}

/// What the provider's check said last.
#[derive(Clone, Default)]
pub(crate) struct Checked {
    /// The account at the service; kept when a later check fails.
    pub(crate) account: Option<String>,
    /// What is wrong.
    pub(crate) problem: Option<String>,
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
        Self {
            name: config.name.clone(),
            build,
            capabilities,
            max_batch: config.max_batch.min(own_limit).max(1),
            links: Links::new(&config.name, Arc::clone(&provider)),
            rate: Mutex::new(RateLimit::new(config.rate_limit, now)),
            invalid_run: Mutex::default(),
            max_in_flight: config.max_in_flight.max(1),
            in_flight: AtomicUsize::new(0),
            checked: Mutex::default(),
            provider,
        }
    }

    pub(crate) fn checked(&self) -> Checked {
        lock(&self.checked).clone()
    }

    pub(super) fn is_checked(&self, account: String) {
        *lock(&self.checked) = Checked {
            account: Some(account),
            problem: None,
        };
    }

    pub(super) fn has_problem(&self, problem: String) {
        lock(&self.checked).problem = Some(problem);
    }

    /// How many calls run now.
    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Acquire)
    }

    /// How many messages can be claimed for it now.
    pub(super) fn room(&self) -> usize {
        self.max_in_flight.saturating_sub(self.in_flight()) * self.max_batch
    }

    /// Takes one of the places for calls, until it is dropped. Whoever claims keeps to [`Channel::room`].
    pub(super) fn begin_call(self: &Arc<Self>) -> Call {
        self.in_flight.fetch_add(1, Ordering::AcqRel);
        Call(Arc::clone(self))
    }

    /// A call of this message, as far as health is concerned.
    pub(super) fn scope<'a>(&'a self, due: &'a Due) -> CallScope<'a> {
        CallScope {
            provider: &self.name,
            plugin_version: &self.build.version,
            stream: due.stream.as_deref().unwrap_or_default(),
            sender: sender(due),
        }
    }
}

/// A place among a provider's calls.
pub(super) struct Call(Arc<Channel>);

impl Drop for Call {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Whom a message is from.
pub(super) fn sender(due: &Due) -> AddressKey {
    let address = due
        .sender
        .rsplit_once('<')
        .map_or(due.sender.as_str(), |(_, address)| {
            address.trim_end_matches('>')
        });
    AddressKey::of(address)
}
