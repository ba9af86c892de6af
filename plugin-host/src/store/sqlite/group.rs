//! The jobs of one transaction. Those that can be run again share a savepoint, and a failure among them has all of them run again, apart.
//!
//! What a savepoint must be able to undo is copied, page by page, before it changes: once for a group costs little, once for each message
//! was a tenth of what accepting it took.

use rusqlite::Connection;

use super::jobs::{Job, Manner, step};
use crate::store::StoreError;

pub(super) struct Group<'a> {
    connection: &'a Connection,
    jobs: Vec<Box<dyn Job>>,
    len: usize,
    /// The first of those that share the savepoint, while it is open.
    shared_from: Option<usize>,
}

impl<'a> Group<'a> {
    /// To be used inside a transaction. A savepoint that is still open ends with it.
    pub(super) fn new(connection: &'a Connection) -> Self {
        Self {
            connection,
            jobs: Vec::new(),
            len: 0,
            shared_from: None,
        }
    }

    /// So many pieces of work so far.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn into_jobs(self) -> Vec<Box<dyn Job>> {
        self.jobs
    }

    /// Runs a job.
    ///
    /// # Errors
    /// When the transaction cannot go on. A job that fails by itself keeps its error to itself.
    pub(super) fn run(&mut self, job: Box<dyn Job>) -> Result<(), StoreError> {
        let place = self.jobs.len();
        let is_repeatable = job.is_repeatable();
        self.len += job.len();
        self.jobs.push(job);
        if is_repeatable {
            self.run_together(place)
        } else {
            self.part()?;
            self.run_apart(place)
        }
    }

    fn run_together(&mut self, place: usize) -> Result<(), StoreError> {
        if self.shared_from.is_none() {
            step(self.connection, "SAVEPOINT together")?;
            self.shared_from = Some(place);
        }
        match self.jobs[place].run(self.connection, Manner::Together) {
            None => Ok(()),
            Some(error) if self.connection.is_autocommit() => Err(error),
            Some(_) => self.run_again(),
        }
    }

    /// Undoes what they did together and has each do it again by itself.
    fn run_again(&mut self) -> Result<(), StoreError> {
        let first = self.shared_from.take().unwrap_or(self.jobs.len());
        self.connection
            .execute_batch("ROLLBACK TO together; RELEASE together")?;
        (first..self.jobs.len()).try_for_each(|place| self.run_apart(place))
    }

    fn run_apart(&mut self, place: usize) -> Result<(), StoreError> {
        match self.jobs[place].run(self.connection, Manner::Apart) {
            Some(error) if self.connection.is_autocommit() => Err(error),
            _ => Ok(()),
        }
    }

    /// What comes now is not to be undone with them.
    fn part(&mut self) -> Result<(), StoreError> {
        if self.shared_from.take().is_some() {
            step(self.connection, "RELEASE together")?;
        }
        Ok(())
    }
}
