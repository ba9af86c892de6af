//! The one thread that writes. One transaction, and so one fsync, serves everybody who waits.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use rusqlite::{Connection, ErrorCode, ffi};
use tokio::sync::oneshot;

use crate::store::StoreError;
use crate::telemetry;

/// So many jobs go into one transaction at the most; those behind them wait for the next.
const LARGEST_GROUP: usize = 1024;

type Answer<T> = oneshot::Sender<Result<T, StoreError>>;

/// A piece of work: first inside the transaction, then, once it is durable, telling whoever waits.
trait Job: Send {
    /// Gives the error it ended with, if it did.
    fn run(&mut self, connection: &Connection) -> Option<StoreError>;
    fn tell(self: Box<Self>, committed: Result<(), StoreError>);
}

struct Work<T, F> {
    work: Option<F>,
    result: Option<Result<T, StoreError>>,
    answer: Answer<T>,
}

impl<T, F> Job for Work<T, F>
where
    T: Send,
    F: FnOnce(&Connection) -> Result<T, StoreError> + Send,
{
    fn run(&mut self, connection: &Connection) -> Option<StoreError> {
        self.result = self.work.take().map(|work| isolated(connection, work));
        self.result.as_ref()?.as_ref().err().cloned()
    }

    fn tell(self: Box<Self>, committed: Result<(), StoreError>) {
        let result = self.result.unwrap_or(Err(StoreError::Closed));
        // Whoever asked may have gone; the work stays done.
        let _ = self.answer.send(committed.and(result));
    }
}

/// Runs work in a savepoint: what it wrote disappears if it fails or panics, and its neighbours do not notice.
fn isolated<T>(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    step(connection, "SAVEPOINT job")?;
    let result = catch_unwind(AssertUnwindSafe(|| work(connection)));
    let result = result.unwrap_or_else(|_| Err(StoreError::Failed("the work panicked".to_owned())));
    match &result {
        Ok(_) => step(connection, "RELEASE job")?,
        // A full disk may have ended the whole transaction, savepoints included.
        Err(_) if connection.is_autocommit() => {}
        Err(_) => connection.execute_batch("ROLLBACK TO job; RELEASE job")?,
    }
    result
}

fn step(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(|_| ())
}

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
        let job = Work {
            work: Some(work),
            result: None,
            answer,
        };
        let jobs = self.jobs.as_ref().ok_or(StoreError::Closed)?;
        jobs.send(Box::new(job)).map_err(|_| StoreError::Closed)?;
        told.await.unwrap_or(Err(StoreError::Closed))
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
            telemetry::committed(group.len());
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
    let mut group = Vec::new();
    if let Err(error) = connection.execute_batch("BEGIN IMMEDIATE") {
        return (vec![first], Err(Loss::Commit(error)));
    }
    let mut next = Some(first);
    while let Some(mut job) = next.take() {
        let failed = job.run(connection);
        group.push(job);
        if let Some(error) = failed
            && connection.is_autocommit()
        {
            return (group, Err(Loss::Work(error)));
        }
        if group.len() < LARGEST_GROUP {
            next = queue.try_recv().ok();
        }
    }
    let committed = connection.execute_batch("COMMIT");
    if committed.is_err() && !connection.is_autocommit() {
        // The error of the commit says more than one of this.
        let _ = connection.execute_batch("ROLLBACK");
    }
    (group, committed.map_err(Loss::Commit))
}

fn is_of_the_disk(error: &rusqlite::Error) -> bool {
    let extended = error.sqlite_error().map(|error| error.extended_code);
    let fsync = [ffi::SQLITE_IOERR_FSYNC, ffi::SQLITE_IOERR_DIR_FSYNC];
    error.sqlite_error_code() == Some(ErrorCode::SystemIoFailure)
        && extended.is_some_and(|code| fsync.contains(&code))
}
