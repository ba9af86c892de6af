//! Pausing and resuming while messages come and go.

use super::Host;
use crate::store::{Pause, PauseSubject, StoreError};

/// Why nothing was paused or resumed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PauseError {
    /// The configuration names no such thing.
    #[error("there is no {subject} `{name}` in the configuration")]
    Unknown {
        /// What was meant.
        subject: PauseSubject,
        /// The name.
        name: String,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Host {
    /// Stops claims for a provider or a route until [`Host::resume`], also beyond a restart. Calls in flight go on. A second pause changes
    /// nothing.
    ///
    /// # Errors
    /// When there is no such provider or route, or the store fails.
    pub async fn pause(
        &self,
        subject: PauseSubject,
        name: &str,
        reason: &str,
    ) -> Result<(), PauseError> {
        let engine = &self.inner.engine;
        if !engine.knows(subject, name) {
            return Err(unknown(subject, name));
        }
        engine.pause(subject, name, reason).await?;
        tracing::warn!(%subject, name, reason, "paused");
        Ok(())
    }

    /// Ends a pause: what has waited goes out at once. Whether there was one.
    ///
    /// # Errors
    /// When there is neither such a pause nor such a provider or route, or the store fails.
    pub async fn resume(&self, subject: PauseSubject, name: &str) -> Result<bool, PauseError> {
        let engine = &self.inner.engine;
        let resumed = engine.resume(subject, name).await?;
        if !resumed && !engine.knows(subject, name) {
            return Err(unknown(subject, name));
        }
        if resumed {
            tracing::warn!(%subject, name, "resumed");
        }
        Ok(resumed)
    }

    /// The pauses in force.
    pub fn pauses(&self) -> Vec<Pause> {
        self.inner.engine.pauses()
    }
}

fn unknown(subject: PauseSubject, name: &str) -> PauseError {
    let name = name.to_owned();
    PauseError::Unknown { subject, name }
}
