//! Waiting until accepted messages are settled, by looking at the record.

use std::path::Path;
use std::time::{Duration, Instant};

use plugin_host::{MessageKey, MessageState, MessageSummary, Record};

use crate::commands::Failure;

/// Between two looks: short for a person who waits, long enough for the disk.
const PAUSE: Duration = Duration::from_millis(50);

/// The record beside the service that writes it.
pub(super) struct Watch {
    record: Record,
    until: Instant,
}

impl Watch {
    /// # Errors
    /// When the store cannot be read.
    pub(super) fn new(store: &Path, wait: Duration) -> Result<Self, Failure> {
        Ok(Self {
            record: Record::open(store).map_err(Failure::failed)?,
            until: Instant::now() + wait,
        })
    }

    /// Whether a message was accepted, ever.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(super) async fn knows(&self, key: &MessageKey) -> Result<bool, Failure> {
        let view = self.record.message(key).await;
        Ok(view.map_err(Failure::failed)?.is_some())
    }

    /// The message as soon as it is settled, or as it is when the time is over.
    ///
    /// # Errors
    /// When the store cannot be read, or does not know the message.
    pub(super) async fn settled(&self, key: &MessageKey) -> Result<MessageSummary, Failure> {
        loop {
            let view = self.record.message(key).await.map_err(Failure::failed)?;
            let summary = view
                .ok_or_else(|| {
                    let id = key.tracking_id;
                    Failure::failed(format!(
                        "the store does not know {id}; does the host use another store?"
                    ))
                })?
                .summary;
            if is_settled(summary.state) || Instant::now() >= self.until {
                return Ok(summary);
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Final, or waiting for evidence that may take long.
fn is_settled(state: MessageState) -> bool {
    state.is_final() || state == MessageState::InDoubt
}
