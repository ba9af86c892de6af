//! Pieces of work for the writing thread, and how they are kept apart within one transaction.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::store::StoreError;

/// How a job's work is kept apart from its neighbours'.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// Not at all: if anything of it fails, all of them are undone and run again, apart.
    Together,
    /// By savepoints: what a failure wrote disappears, and its neighbours do not notice.
    Apart,
}

/// A piece of work: first inside the transaction, then, once it is durable, telling whoever waits.
pub(super) trait Job: Send {
    /// So many pieces it has.
    fn len(&self) -> usize;
    /// Whether it may be run again after what it wrote has been undone.
    fn is_repeatable(&self) -> bool;
    /// Gives the error of the last piece that failed, if one did.
    fn run(&mut self, connection: &Connection, manner: Manner) -> Option<StoreError>;
    fn tell(self: Box<Self>, committed: Result<(), StoreError>);
}

/// Work that can be done once only: it remembers what it did. Always apart.
pub(super) struct Once<T, F> {
    work: Option<F>,
    result: Option<Result<T, StoreError>>,
    answer: oneshot::Sender<Result<T, StoreError>>,
}

/// Pieces of work that depend on nothing but what they hold and what is stored. Each has a result of its own.
pub(super) struct Each<T, F> {
    pieces: Vec<F>,
    results: Vec<Result<T, StoreError>>,
    answer: oneshot::Sender<Vec<Result<T, StoreError>>>,
}

impl<T, F> Once<T, F> {
    pub(super) fn new(work: F, answer: oneshot::Sender<Result<T, StoreError>>) -> Self {
        Self {
            work: Some(work),
            result: None,
            answer,
        }
    }
}

impl<T, F> Each<T, F> {
    pub(super) fn new(pieces: Vec<F>, answer: oneshot::Sender<Vec<Result<T, StoreError>>>) -> Self {
        Self {
            pieces,
            results: Vec::new(),
            answer,
        }
    }
}

impl<T, F> Job for Once<T, F>
where
    T: Send,
    F: FnOnce(&Connection) -> Result<T, StoreError> + Send,
{
    fn len(&self) -> usize {
        1
    }

    fn is_repeatable(&self) -> bool {
        false
    }

    fn run(&mut self, connection: &Connection, _: Manner) -> Option<StoreError> {
        self.result = self.work.take().map(|work| apart(connection, work));
        self.result.as_ref()?.as_ref().err().cloned()
    }

    fn tell(self: Box<Self>, committed: Result<(), StoreError>) {
        let result = self.result.unwrap_or(Err(StoreError::Closed));
        // Whoever asked may have gone; the work stays done.
        let _ = self.answer.send(committed.and(result));
    }
}

impl<T, F> Job for Each<T, F>
where
    T: Send,
    F: Fn(&Connection) -> Result<T, StoreError> + Send,
{
    fn len(&self) -> usize {
        self.pieces.len()
    }

    fn is_repeatable(&self) -> bool {
        true
    }

    fn run(&mut self, connection: &Connection, manner: Manner) -> Option<StoreError> {
        self.results.clear();
        let mut failed = None;
        for piece in &self.pieces {
            let result = match manner {
                Manner::Together => caught(connection, piece),
                Manner::Apart => apart(connection, piece),
            };
            failed = result.as_ref().err().cloned().or(failed);
            self.results.push(result);
            let is_over = connection.is_autocommit() || manner == Manner::Together;
            if failed.is_some() && is_over {
                break;
            }
        }
        failed
    }

    fn tell(mut self: Box<Self>, committed: Result<(), StoreError>) {
        if let Err(error) = committed {
            let lost = self.pieces.iter().map(|_| Err(error.clone()));
            self.results = lost.collect();
        }
        let _ = self.answer.send(self.results);
    }
}

/// Runs work in a savepoint: what it wrote disappears if it fails or panics, and its neighbours do not notice.
fn apart<T>(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    step(connection, "SAVEPOINT job")?;
    let result = caught(connection, work);
    match &result {
        Ok(_) => step(connection, "RELEASE job")?,
        // A full disk may have ended the whole transaction, savepoints included.
        Err(_) if connection.is_autocommit() => {}
        Err(_) => connection.execute_batch("ROLLBACK TO job; RELEASE job")?,
    }
    result
}

fn caught<T>(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let result = catch_unwind(AssertUnwindSafe(|| work(connection)));
    result.unwrap_or_else(|_| Err(StoreError::Failed("the work panicked".to_owned())))
}

pub(super) fn step(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(|_| ())
}
