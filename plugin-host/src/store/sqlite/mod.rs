//! The store in one SQLite file: a writing thread with group commit, readers beside it.

mod accept;
mod addressees;
mod balance;
mod claim;
mod doubts;
mod due;
mod events;
mod evidence;
mod faults;
mod feed;
mod flag_list;
mod flags;
mod gate;
mod group;
mod jobs;
mod lock;
mod moves;
mod notices;
mod open;
mod orphans;
mod pauses;
mod read;
mod resolve;
mod rests;
mod rows;
mod second_mails;
mod settle;
#[cfg(test)]
mod tests;
mod timeline;
mod totals;
mod webhooks;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;

use self::lock::StoreLock;
use self::writer::Writer;
use super::StoreError;

/// So many readers stay open. Each keeps pages in memory, so those that a rush of questions needs on top come and go.
const IDLE_READERS: usize = 8;

/// A store in a file.
///
/// Write-ahead log, `synchronous=FULL`: what a call reports as done survives a kill and a loss of power. One process writes at a time (see
/// [`StoreError::Locked`]); others may open the file to read.
pub(super) struct SqliteStore {
    path: PathBuf,
    readers: Arc<Mutex<Vec<Connection>>>,
    writing: Option<Writing>,
}

struct Writing {
    writer: Writer,
    epoch: i64,
    _lock: StoreLock,
}

impl SqliteStore {
    /// Opens or creates the store and takes its lock; counts a new epoch, durably.
    ///
    /// # Errors
    /// Another process holds it, a newer version has written it, or the file cannot be used.
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        let lock = StoreLock::take(path)?;
        let connection = open::for_writing(path)?;
        let epoch = open::next_epoch(&connection)?;
        let writer = Writer::start(connection, path)
            .map_err(|error| StoreError::Failed(format!("no thread for the store ({error})")))?;
        Ok(Self {
            path: path.to_owned(),
            readers: Arc::default(),
            writing: Some(Writing {
                writer,
                epoch,
                _lock: lock,
            }),
        })
    }

    /// Opens an existing store for reading; another process may be serving it.
    ///
    /// # Errors
    /// There is no such store, or it cannot be used.
    pub(super) fn open_read_only(path: &Path) -> Result<Self, StoreError> {
        let connection = open::for_reading(path)?;
        Ok(Self {
            path: path.to_owned(),
            readers: Arc::new(Mutex::new(vec![connection])),
            writing: None,
        })
    }

    /// Runs work in a transaction on the writing thread; durable when it returns.
    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        match &self.writing {
            Some(writing) => writing.writer.run(work).await,
            None => Err(faults::for_reading_only()),
        }
    }

    /// The same for pieces of work that may be run again; one result each, in order.
    async fn write_each<T: Send + 'static>(
        &self,
        pieces: Vec<impl Fn(&Connection) -> Result<T, StoreError> + Send + 'static>,
    ) -> Vec<Result<T, StoreError>> {
        let wanted = pieces.len();
        if wanted == 0 {
            return Vec::new();
        }
        let written = match &self.writing {
            Some(writing) => writing.writer.run_each(pieces).await,
            None => Err(faults::for_reading_only()),
        };
        written.unwrap_or_else(|error| (0..wanted).map(|_| Err(error.clone())).collect())
    }

    /// Runs work on a reading connection, off the async threads.
    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let readers = Arc::clone(&self.readers);
        let path = self.path.clone();
        let task = tokio::task::spawn_blocking(move || {
            let idle = locked(&readers).pop();
            let connection = idle.map_or_else(|| open::for_reading(&path), Ok)?;
            // One snapshot for all that the work reads.
            connection.execute_batch("BEGIN")?;
            let result = work(&connection);
            connection.execute_batch("COMMIT")?;
            let mut idle = locked(&readers);
            if idle.len() < IDLE_READERS {
                idle.push(connection);
            }
            result
        });
        task.await
            .map_err(|error| StoreError::Failed(format!("a reader stopped ({error})")))?
    }
}

fn locked(readers: &Mutex<Vec<Connection>>) -> std::sync::MutexGuard<'_, Vec<Connection>> {
    readers.lock().unwrap_or_else(PoisonError::into_inner)
}
