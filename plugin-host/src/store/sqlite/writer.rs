//! The one thread that writes. One transaction, and so one fsync, serves everybody who waits.

use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use rusqlite::{Connection, ErrorCode, ffi};
use tokio::sync::oneshot;

use super::group::Group;
use super::jobs::{Each, Job, Once, step};
use crate::store::StoreError;
use crate::telemetry;

/// So many pieces of work go into one transaction at the most; those behind them wait for the next.
const LARGEST_GROUP: usize = 1024;

/// The way to the writing thread. Dropping it lets the thread finish what waits, and ends it.
pub(super) struct Writer {
    jobs: Option<Sender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread on a connection of its own.
    pub(super) fn start(connection: Connection, path: &Path) -> std::io::Result<Self> {
        let (jobs, queue) = channel();
        let path = path.display().to_string();
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || serve(&connection, &queue, &path))?;
        Ok(Self {
            jobs: Some(jobs),
            thread: Some(thread),
        })
    }

    /// Runs work inside a transaction and returns once it is durable. Dropping the future does not undo the work.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, told) = oneshot::channel();
        self.hand_over(Box::new(Once::new(work, answer)))?;
        told.await.unwrap_or(Err(StoreError::Closed))
    }

    /// The same for pieces of work that depend on nothing but what they hold and what is stored; one that fails does not fail the others.
    /// They share a savepoint with whatever else can be run again, which is cheaper than one for each.
    pub(super) async fn run_each<T: Send + 'static>(
        &self,
        pieces: Vec<impl Fn(&Connection) -> Result<T, StoreError> + Send + 'static>,
    ) -> Result<Vec<Result<T, StoreError>>, StoreError> {
        let (answer, told) = oneshot::channel();
        self.hand_over(Box::new(Each::new(pieces, answer)))?;
        told.await.map_err(|_| StoreError::Closed)
    }

    fn hand_over(&self, job: Box<dyn Job>) -> Result<(), StoreError> {
        let jobs = self.jobs.as_ref().ok_or(StoreError::Closed)?;
        jobs.send(job).map_err(|_| StoreError::Closed)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs.take();
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been reported by the panic hook.
            let _ = thread.join();
        }
    }
}

fn serve(connection: &Connection, queue: &Receiver<Box<dyn Job>>, path: &str) {
    while let Ok(first) = queue.recv() {
        let (group, committed) = transact(connection, queue, first);
        if let Err(Loss::Commit(error)) = &committed
            && is_of_the_disk(error)
        {
            // After a failed fsync nobody knows what is on the disk; only a fresh start can find out.
            tracing::error!(
                store = path,
                "the disk failed to keep a commit; ending the process so that nothing is answered wrongly"
            );
            std::process::abort();
        }
        if committed.is_ok() {
            telemetry::committed(group.iter().map(|job| job.len()).sum());
        }
        let committed = committed.map_err(StoreError::from);
        for job in group {
            job.tell(committed.clone());
        }
    }
}

/// Why nothing of a group was kept.
enum Loss {
    /// The database refused to begin or to commit.
    Commit(rusqlite::Error),
    /// A job ended the transaction with its own failure.
    Work(StoreError),
}

impl From<Loss> for StoreError {
    fn from(loss: Loss) -> Self {
        match loss {
            Loss::Commit(error) => error.into(),
            Loss::Work(error) => error,
        }
    }
}

/// Runs the first job and those that wait behind it in one transaction.
fn transact(
    connection: &Connection,
    queue: &Receiver<Box<dyn Job>>,
    first: Box<dyn Job>,
) -> (Vec<Box<dyn Job>>, Result<(), Loss>) {
    if let Err(error) = step(connection, "BEGIN IMMEDIATE") {
        return (vec![first], Err(Loss::Commit(error)));
    }
    let mut group = Group::new(connection);
    let mut next = Some(first);
    let mut done = Ok(());
    while let Some(job) = next.take() {
        done = group.run(job).map_err(Loss::Work);
        if done.is_ok() && group.len() < LARGEST_GROUP {
            next = queue.try_recv().ok();
        }
    }
    let committed = done.and_then(|()| step(connection, "COMMIT").map_err(Loss::Commit));
    if committed.is_err() && !connection.is_autocommit() {
        // The error says more than one of this.
        let _ = connection.execute_batch("ROLLBACK");
    }
    (group.into_jobs(), committed)
}

fn is_of_the_disk(error: &rusqlite::Error) -> bool {
    let extended = error.sqlite_error().map(|error| error.extended_code);
    let fsync = [ffi::SQLITE_IOERR_FSYNC, ffi::SQLITE_IOERR_DIR_FSYNC];
    error.sqlite_error_code() == Some(ErrorCode::SystemIoFailure)
        && extended.is_some_and(|code| fsync.contains(&code))
}
