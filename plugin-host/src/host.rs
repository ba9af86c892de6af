//! The engine as an application embeds it.

mod accept;
mod contacts;
mod disk;
mod log;
mod pauses;
mod record;
mod start;
mod status;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, timeout_at};

pub use accept::{AcceptError, Accepted, Submission};
pub use contacts::FlagError;
pub use log::CancelOutcome;
pub use pauses::PauseError;
pub use record::Record;
pub use start::StartError;
pub use status::{ProviderStatus, Readiness, RefusedProvider};

use crate::delivery::Engine;
use crate::events::Inbox;
use crate::plugins::Registry;
use crate::store::Store;

/// The engine: accepts messages, routes and delivers them, records everything, obeys Do Not Contact. Cheap to clone.
///
/// Works inside a tokio runtime. Call [`Host::shutdown`] before the process ends: what is in flight is finished, the rest stays durable. A
/// process that ends without it loses nothing, but calls in flight are then in doubt.
#[derive(Clone)]
pub struct Host {
    inner: Arc<Inner>,
}

struct Inner {
    store: Arc<dyn Store>,
    engine: Arc<Engine>,
    inbox: Inbox,
    disk: disk::Disk,
    registry: Registry,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

impl Host {
    /// No further claims: what is accepted from now on waits. Calls in flight go on. For an application that has requests of its own to
    /// finish before [`Host::shutdown`].
    pub fn stop_claiming(&self) {
        self.inner.engine.stop();
    }

    /// Stops claiming, waits for the calls in flight, then for the plugins: `grace` for all of it. What was accepted stays durable. How
    /// many calls were cut off; what they carried is in doubt.
    pub async fn shutdown(&self, grace: Duration) -> usize {
        let deadline = Instant::now() + grace;
        self.stop_claiming();
        let tasks = std::mem::take(&mut *self.inner.lock_tasks());
        let mut cut_off = 0;
        for mut task in tasks {
            if timeout_at(deadline, &mut task).await.is_err() {
                cut_off = cut_off.max(self.inner.engine.calls_in_flight());
                task.abort();
            }
        }
        if cut_off > 0 {
            tracing::warn!(
                calls = cut_off,
                "calls were still running after the grace; their outcome is in doubt"
            );
        }
        let mut plugins = JoinSet::new();
        for provider in self.inner.registry.iter().map(Arc::clone) {
            let left = deadline.saturating_duration_since(Instant::now());
            plugins.spawn(async move { provider.shutdown(left).await });
        }
        // A plugin that panics has been told all the same.
        while plugins.join_next().await.is_some() {}
        cut_off
    }
}

impl Inner {
    fn lock_tasks(&self) -> std::sync::MutexGuard<'_, Vec<JoinHandle<()>>> {
        self.tasks
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
