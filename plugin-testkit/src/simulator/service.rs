//! The seam between what every simulated service shares (connections, faults, ledger, clock, webhooks) and one service.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::http::request::Parts;
use axum::response::Response;

use super::faults::{Fault, MessageFacts};
use super::mailbox::DeliveredCopy;
use super::trigger::{Trigger, TriggerError};

/// One mail service behind the shared front.
pub(super) trait Service: Send + Sync + 'static {
    /// The service's own paths, with its own answers to unknown paths and methods.
    fn api(self: Arc<Self>) -> Router;

    /// The pages that recipients open.
    fn pages(self: Arc<Self>) -> Router;

    /// A path in the spelling of the routes and of fault rules.
    fn canonical_path(&self, path: &str) -> String;

    /// What fault rules can match on in a request to send; empty for anything else, rubbish included.
    fn facts(&self, body: &[u8]) -> Vec<MessageFacts>;

    /// The service's wording of a fault that stands in for its answer.
    fn refusal(&self, fault: &Fault) -> Response;

    /// The service's answer to a body longer than any of its paths takes.
    fn too_large(&self) -> Response;

    /// Copies delivered to an address, oldest first.
    fn mailbox(&self, address: &str) -> Vec<DeliveredCopy>;

    /// Lets a recipient act.
    fn trigger(&self, trigger: &Trigger) -> Result<(), TriggerError>;
}

/// What a handler knows about the request beside its content.
#[derive(Clone, Debug)]
pub(super) struct RequestContext {
    /// Number of the request, from 1.
    pub(super) request: u64,
    /// Number of its connection, from 1.
    pub(super) connection: u64,
    /// A fault the service itself has to act out while it answers.
    pub(super) fault: Option<Fault>,
}

impl RequestContext {
    /// What the exchange put beside a request; numbers of zero where it was not asked.
    pub(super) fn of(parts: &Parts) -> Self {
        parts.extensions.get().cloned().unwrap_or(Self {
            request: 0,
            connection: 0,
            fault: None,
        })
    }
}

/// Locks, also after a panic elsewhere: simulated state is a record, and a record stays readable.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
