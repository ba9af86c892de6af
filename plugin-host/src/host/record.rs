//! The record without an engine: for looking at it while another process serves it, and for what people decide while none does.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use plugin_api::Message;

use super::FlagError;
use crate::compliance::{
    AccountKey, ContactState, Flag, FlagChange, FlagFilter, FlagOutcome, LeadKey,
};
use crate::delivery::{Resolution, ResolveOutcome, waiting_for};
use crate::routing::Route;
use crate::store::{
    Balance, FeedEvent, MessageFilter, MessageKey, MessagePage, MessageView, Pause, PauseSubject,
    Store, StoreError, StoredDecision, Totals,
};

/// A store that no engine of this process works on. Nothing is sent and nothing recovered by opening it.
///
/// Works inside a tokio runtime. Every method fails when the store cannot be read.
pub struct Record {
    store: Arc<dyn Store>,
}

impl Record {
    /// Opens an existing store for reading; another process may be serving it.
    ///
    /// # Errors
    /// There is no such store, or it cannot be used.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let store = crate::store::open_read_only(path)?;
        Ok(Self { store })
    }

    /// Opens or creates a store for changes, and holds its lock until dropped.
    ///
    /// # Errors
    /// [`StoreError::Locked`] when another process holds it; or it cannot be used.
    pub fn open_for_changes(path: &Path) -> Result<Self, StoreError> {
        let store = crate::store::open(path)?;
        Ok(Self { store })
    }

    /// As [`Host::message`](super::Host::message).
    pub async fn message(&self, key: &MessageKey) -> Result<Option<MessageView>, StoreError> {
        self.store.message(key.clone()).await
    }

    /// As [`Host::content`](super::Host::content).
    pub async fn content(&self, key: &MessageKey) -> Result<Option<Message>, StoreError> {
        self.store.content(key.clone()).await
    }

    /// As [`Host::decisions`](super::Host::decisions).
    pub async fn decisions(&self, key: &MessageKey) -> Result<Vec<StoredDecision>, StoreError> {
        self.store.decisions(key.clone()).await
    }

    /// As [`Host::search`](super::Host::search).
    pub async fn search(&self, filter: &MessageFilter) -> Result<MessagePage, StoreError> {
        self.store.search(filter.clone()).await
    }

    /// As [`Host::totals`](super::Host::totals).
    pub async fn totals(&self) -> Result<Totals, StoreError> {
        self.store.totals().await
    }

    /// Every accepted message accounted for: what is sent, what waits for what, and that nothing is lost.
    pub async fn balance(&self) -> Result<Balance, StoreError> {
        self.store.balance().await
    }

    /// As [`Host::events`](super::Host::events).
    pub async fn events(&self, after: i64, limit: usize) -> Result<Vec<FeedEvent>, StoreError> {
        self.store.feed(after, limit).await
    }

    /// As [`Host::contact`](super::Host::contact).
    pub async fn contact(&self, account: &str, lead: &str) -> Result<ContactState, StoreError> {
        self.store
            .contact(AccountKey::of(account), LeadKey::of(lead))
            .await
    }

    /// As [`Host::resolve`](super::Host::resolve); needs [`Record::open_for_changes`].
    pub async fn resolve(
        &self,
        key: &MessageKey,
        word: &Resolution,
    ) -> Result<ResolveOutcome, StoreError> {
        let now = Timestamp::now();
        self.store.resolve(key.clone(), word.clone(), now).await
    }

    /// The pauses in force.
    pub async fn pauses(&self) -> Result<Vec<Pause>, StoreError> {
        self.store.pauses().await
    }

    /// As [`Host::pause`](super::Host::pause), for the next host that starts; needs [`Record::open_for_changes`].
    pub async fn pause(
        &self,
        subject: PauseSubject,
        name: &str,
        reason: &str,
    ) -> Result<(), StoreError> {
        let pause = Pause {
            subject,
            name: name.to_owned(),
            since: Timestamp::now(),
            reason: reason.to_owned(),
        };
        self.store.pause(pause).await
    }

    /// As [`Host::resume`](super::Host::resume), where these routes are configured; needs [`Record::open_for_changes`].
    pub async fn resume(
        &self,
        subject: PauseSubject,
        name: &str,
        routes: &[Route],
    ) -> Result<bool, StoreError> {
        let routes = waiting_for(routes, subject, name);
        let now = Timestamp::now();
        self.store
            .resume(subject, name.to_owned(), routes, now)
            .await
    }

    /// As [`Host::flags`](super::Host::flags).
    pub async fn flags(&self, filter: &FlagFilter) -> Result<Vec<Flag>, StoreError> {
        self.store.flags(filter.clone()).await
    }

    /// As [`Host::flag`](super::Host::flag); needs [`Record::open_for_changes`].
    ///
    /// # Errors
    /// When the change names nobody, the record was opened for reading, or the store fails.
    pub async fn flag(&self, change: FlagChange) -> Result<FlagOutcome, FlagError> {
        let contacts = change.contacts()?;
        let changed = self.store.change_flag(change, contacts, Timestamp::now());
        Ok(changed.await?)
    }
}
