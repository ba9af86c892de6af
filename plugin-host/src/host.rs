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

use tokio::task::JoinHandle;

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
    /// Stops claiming, waits for the calls in flight, then for the plugins; at most `grace` each. What was accepted stays durable.
    pub async fn shutdown(&self, grace: Duration) {
        self.inner.engine.stop();
        let tasks = std::mem::take(&mut *self.inner.lock_tasks());
        for mut task in tasks {
            if tokio::time::timeout(grace, &mut task).await.is_err() {
                tracing::warn!(
                    "calls were still running after the grace; their outcome is in doubt"
                );
                task.abort();
            }
        }
        for provider in self.inner.registry.iter() {
            provider.shutdown(grace).await;
        }
    }
}

impl Inner {
    fn lock_tasks(&self) -> std::sync::MutexGuard<'_, Vec<JoinHandle<()>>> {
        self.tasks
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
