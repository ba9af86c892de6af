//! Do Not Contact and what services report.

use std::sync::Arc;

use plugin_api::{Provider, WebhookRequest};

use super::Host;
use crate::compliance::{
    AccountKey, ContactState, Flag, FlagChange, FlagChangeFault, FlagFilter, FlagOutcome, LeadKey,
    UnsubscribeAnswer, UnsubscribeError,
};
use crate::events::{WebhookAnswer, WebhookFault};
use crate::store::StoreError;

/// Why a flag was not changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FlagError {
    /// The change names nobody, or contradicts itself.
    #[error(transparent)]
    Fault(#[from] FlagChangeFault),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Host {
    /// Takes in the CRM's unsubscribe callback, or a service's own; already authenticated. Durable when it returns.
    ///
    /// # Errors
    /// When no handler knows the form, a field is wrong, or the store fails.
    pub async fn process_unsubscribe(
        &self,
        request: WebhookRequest,
    ) -> Result<UnsubscribeAnswer, UnsubscribeError> {
        let channels = self.inner.engine.channels.iter();
        let providers: Vec<(String, Arc<dyn Provider>)> = channels
            .map(|(name, channel)| (name.clone(), Arc::clone(&channel.provider)))
            .collect();
        self.inner
            .inbox
            .process_unsubscribe(&providers, request)
            .await
    }

    /// Takes in a webhook for a provider. Durable when it returns. `None`: there is no such provider.
    ///
    /// # Errors
    /// When it is not authenticated, cannot be checked, or the store fails.
    pub async fn webhook(
        &self,
        provider: &str,
        request: WebhookRequest,
    ) -> Option<Result<WebhookAnswer, WebhookFault>> {
        let channel = self.inner.engine.channels.get(provider)?;
        let answer = self
            .inner
            .inbox
            .webhook(provider, &channel.provider, request)
            .await;
        self.inner.engine.recorded();
        Some(answer)
    }

    /// Whether a lead may be contacted, and every flag that says otherwise.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn contact(&self, account: &str, lead: &str) -> Result<ContactState, StoreError> {
        self.inner
            .store
            .contact(AccountKey::of(account), LeadKey::of(lead))
            .await
    }

    /// Sets or takes back a flag on a lead or an address. Durable when it returns.
    ///
    /// # Errors
    /// When the change names nobody, or the store fails.
    pub async fn flag(&self, change: FlagChange) -> Result<FlagOutcome, FlagError> {
        let contacts = change.contacts()?;
        Ok(self
            .inner
            .store
            .change_flag(change, contacts, self.inner.engine.clock.now())
            .await?)
    }

    /// The flags that fit.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn flags(&self, filter: &FlagFilter) -> Result<Vec<Flag>, StoreError> {
        self.inner.store.flags(filter.clone()).await
    }
}
