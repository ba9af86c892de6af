//! What every handler can reach.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use plugin_host::{Host, Route};

use super::metrics::Counted;
use super::{Gatekeeper, Tokens};
use crate::config::Config;

/// The running service: the engine, and who may talk to it. Cheap to clone.
#[derive(Clone)]
pub(crate) struct App(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) host: Host,
    pub(crate) tokens: Tokens,
    pub(crate) unsubscribe: Webhook,
    pub(crate) webhooks: BTreeMap<String, Webhook>,
    pub(crate) request_timeout: Duration,
    pub(crate) counted: Counted,
    /// For the shares the weights ask for.
    pub(crate) routes: Vec<Route>,
}

/// Who may call back, and by which headers they say so: those are secrets and are never kept.
pub(crate) struct Webhook {
    pub(crate) gatekeeper: Gatekeeper,
    pub(crate) secret_headers: Vec<String>,
}

impl App {
    pub(crate) fn new(host: Host, config: &Config) -> Self {
        let webhooks = config.webhooks.iter();
        Self(Arc::new(Inner {
            host,
            tokens: Tokens::new(&config.server.tokens),
            unsubscribe: Webhook::new(&config.unsubscribe.callers),
            webhooks: webhooks
                .map(|(name, callers)| (name.clone(), Webhook::new(callers)))
                .collect(),
            request_timeout: config.server.request_timeout,
            counted: Counted::default(),
            routes: config.routes.clone(),
        }))
    }
}

impl Webhook {
    fn new(callers: &crate::config::Callers) -> Self {
        Self {
            gatekeeper: Gatekeeper::new(callers),
            secret_headers: callers
                .headers
                .iter()
                .map(|header| header.name.clone())
                .collect(),
        }
    }
}

impl std::ops::Deref for App {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}
