//! Operators stop a provider or a route, and let it go on.

use super::engine::Engine;
use super::lock::lock;
use super::paused::Paused;
use crate::routing::Route;
use crate::store::{Pause, PauseSubject, StoreError};

impl Engine {
    /// Looks up what is paused; the next claim keeps to it.
    pub(crate) async fn load_pauses(&self) -> Result<(), StoreError> {
        let pauses = self.store.pauses().await?;
        *lock(&self.paused) = Paused::new(pauses);
        Ok(())
    }

    pub(crate) fn pauses(&self) -> Vec<Pause> {
        lock(&self.paused).all().to_vec()
    }

    pub(crate) async fn pause(
        &self,
        subject: PauseSubject,
        name: &str,
        reason: &str,
    ) -> Result<(), StoreError> {
        let pause = Pause {
            subject,
            name: name.to_owned(),
            since: self.clock.now(),
            reason: reason.to_owned(),
        };
        let _changing = self.pausing.lock().await;
        self.store.pause(pause).await?;
        self.load_pauses().await
    }

    /// Whether there was such a pause.
    pub(crate) async fn resume(
        &self,
        subject: PauseSubject,
        name: &str,
    ) -> Result<bool, StoreError> {
        let _changing = self.pausing.lock().await;
        // Claims hear of it first: one planned after the store made the messages due must not put them off again.
        lock(&self.paused).remove(subject, name);
        let routes = waiting_for(&self.routes, subject, name);
        let now = self.clock.now();
        let resuming = self.store.resume(subject, name.to_owned(), routes, now);
        let resumed = resuming.await;
        self.load_pauses().await?;
        self.wake();
        resumed
    }

    pub(crate) fn knows(&self, subject: PauseSubject, name: &str) -> bool {
        match subject {
            PauseSubject::Provider => {
                self.channels.contains_key(name) || self.refused.contains_key(name)
            }
            PauseSubject::Route => self.routes.iter().any(|route| route.name == name),
        }
    }
}

/// The routes whose messages may have waited for the end of a pause.
pub(crate) fn waiting_for(routes: &[Route], subject: PauseSubject, name: &str) -> Vec<String> {
    let concerned = routes.iter().filter(|route| match subject {
        PauseSubject::Provider => route.pool.iter().any(|entry| entry.provider == name),
        PauseSubject::Route => route.name == name,
    });
    concerned.map(|route| route.name.clone()).collect()
}
