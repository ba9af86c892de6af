//! The message log: looking up, waiting, calling back, a person's word about a doubt.

use std::time::Duration;

use plugin_api::Message;

use super::Host;
use crate::delivery::{MessageState, Resolution, ResolveOutcome};
use crate::store::{
    Backlog, FeedEvent, MessageFilter, MessageKey, MessagePage, MessageView, StoreError,
    StoredDecision, Tally, Totals,
};

/// What came of calling a message back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CancelOutcome {
    /// It will not be sent.
    Cancelled,
    /// It is too late: this is its state.
    TooLate(MessageState),
    /// There is no such message.
    Unknown,
}

impl Host {
    /// A message with everything that happened to it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn message(&self, key: &MessageKey) -> Result<Option<MessageView>, StoreError> {
        self.inner.store.message(key.clone()).await
    }

    /// Waits until the message is final or in doubt, at most `wait`; gives its latest view either way.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn settled(
        &self,
        key: &MessageKey,
        wait: Duration,
    ) -> Result<Option<MessageView>, StoreError> {
        let mut results = self.inner.engine.results();
        let until = tokio::time::Instant::now() + wait;
        loop {
            results.mark_unchanged();
            let view = self.message(key).await?;
            let open = view.as_ref().is_some_and(|view| {
                let state = view.summary.state;
                !state.is_final() && state != MessageState::InDoubt
            });
            if !open
                || tokio::time::timeout_at(until, results.changed())
                    .await
                    .is_err()
            {
                return Ok(view);
            }
        }
    }

    /// Messages that fit, newest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn search(&self, filter: &MessageFilter) -> Result<MessagePage, StoreError> {
        self.inner.store.search(filter.clone()).await
    }

    /// A message's content as it was accepted.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn content(&self, key: &MessageKey) -> Result<Option<Message>, StoreError> {
        self.inner.store.content(key.clone()).await
    }

    /// The routing decision of each attempt, oldest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn decisions(&self, key: &MessageKey) -> Result<Vec<StoredDecision>, StoreError> {
        self.inner.store.decisions(key.clone()).await
    }

    /// The ledger in numbers.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn totals(&self) -> Result<Totals, StoreError> {
        self.inner.store.totals().await
    }

    /// What is not final yet.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn backlog(&self) -> Result<Backlog, StoreError> {
        self.inner.store.backlog().await
    }

    /// What has happened since the store was made; of the feed, the lines after this one: see [`Tally::add`].
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn tally(&self, after: i64) -> Result<Tally, StoreError> {
        self.inner.store.tally(after).await
    }

    /// The durable, ordered feed of statuses and flags after a sequence number; at most `limit` lines.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn events(&self, after: i64, limit: usize) -> Result<Vec<FeedEvent>, StoreError> {
        self.inner.store.feed(after, limit).await
    }

    /// Calls a message back that no provider has been asked to send yet.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn cancel(&self, key: &MessageKey) -> Result<CancelOutcome, StoreError> {
        let outcome = self
            .inner
            .store
            .cancel(key.clone(), self.inner.engine.clock.now())
            .await?;
        Ok(match outcome {
            None => CancelOutcome::Unknown,
            Some((_, true)) => CancelOutcome::Cancelled,
            Some((state, false)) => CancelOutcome::TooLate(state),
        })
    }

    /// Settles a doubt by a person's word: it was sent, or it was not and is sent again. Who says so and why stands in the timeline.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn resolve(
        &self,
        key: &MessageKey,
        word: &Resolution,
    ) -> Result<ResolveOutcome, StoreError> {
        let now = self.inner.engine.clock.now();
        let store = &self.inner.store;
        let outcome = store.resolve(key.clone(), word.clone(), now).await?;
        self.inner.engine.recorded();
        Ok(outcome)
    }
}
