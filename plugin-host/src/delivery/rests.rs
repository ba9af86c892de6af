//! Rests outlive the process: a host that is started again and again does not send each time all that waits to a provider that fails.

use super::engine::Engine;
use super::lock::lock;
use super::pauses::waiting_for;
use crate::routing::HealthRecord;
use crate::store::{PauseSubject, StoreError};

impl Engine {
    /// Takes up the rests of the process before.
    pub(crate) async fn load_rests(&self) -> Result<(), StoreError> {
        let rests = self.store.rests().await?;
        for rest in &rests {
            let provider = &rest.key.provider;
            tracing::info!(
                provider,
                "the provider rested before; one message will probe it"
            );
        }
        let mut kept = self.kept_rests.lock().await;
        lock(&self.health).take_up(rests.clone(), self.clock.now());
        *kept = rests;
        Ok(())
    }

    /// Keeps who rests, if that has changed.
    pub(super) async fn keep_rests(&self) {
        // Held until the store has them, so that nothing older is kept in place of something newer.
        let mut kept = self.kept_rests.lock().await;
        let rests: Vec<HealthRecord> = lock(&self.health).rests().collect();
        if *kept == rests {
            return;
        }
        match self.store.keep_rests(rests.clone()).await {
            Ok(()) => *kept = rests,
            Err(error) => tracing::error!(%error, "who rests could not be recorded"),
        }
    }

    /// The provider is well again: what has waited for the outcome of its probe waits no longer.
    pub(super) async fn hurry(&self, provider: &str) {
        let routes = waiting_for(&self.routes, PauseSubject::Provider, provider);
        match self.store.make_due(routes, self.clock.now()).await {
            Ok(()) => self.wake(),
            Err(error) => tracing::error!(provider, %error, "what waits could not be made due"),
        }
    }
}
