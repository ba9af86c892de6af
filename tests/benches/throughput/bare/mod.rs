//! A program that writes what the host wrote and does nothing else: no HTTP, no JSON, no decision. What SQLite and the disk allow.

mod commits;

use std::ops::Range;
use std::path::Path;
use std::time::Instant;

use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, Statement, params_from_iter};

pub(crate) use self::commits::{ACCEPT, ATTEMPT, Commit, RESULT};
use crate::processors;
use crate::table::Turn;

/// How the program writes.
#[derive(Clone, Copy)]
pub(crate) struct Manner {
    /// Messages of one transaction.
    pub(crate) group: usize,
    pub(crate) page_size: u32,
    /// Kibibytes of pages that are kept in memory.
    pub(crate) cache: u32,
    /// Pages of the log before they are carried over.
    pub(crate) checkpoint: u32,
    /// Whether each commit waits for the disk.
    pub(crate) is_synced: bool,
    /// Whether statements are compiled once.
    pub(crate) is_prepared: bool,
}

impl Manner {
    /// As the host writes, with so many messages in a transaction.
    pub(crate) const fn groups_of(group: usize) -> Self {
        Self {
            group,
            page_size: 4096,
            cache: 16_384,
            checkpoint: 4000,
            is_synced: true,
            is_prepared: true,
        }
    }
}

/// What a host's store holds: its tables, and the values of every row, ready to be written again.
pub(crate) struct Record {
    schema: Vec<String>,
    /// For each commit and each of its statements: the values for each message.
    values: Vec<Vec<Vec<Vec<Value>>>>,
    commits: &'static [Commit],
}

impl Record {
    /// Reads from a store what these commits wrote into it.
    pub(crate) fn of(store: &Path, commits: &'static [Commit]) -> Self {
        let store = Connection::open_with_flags(store, OpenFlags::SQLITE_OPEN_READ_WRITE)
            .expect("the host has made its store");
        let of_statement = |commit: &Commit| {
            let statements = commit.iter().map(|one| rows(&store, one.values));
            statements.collect()
        };
        Self {
            schema: schema(&store),
            values: commits.iter().map(of_statement).collect(),
            commits,
        }
    }

    /// Writes everything into a new file.
    pub(crate) fn write(&self, folder: &Path, manner: Manner) -> Turn {
        let connection = self.create(&folder.join("bare.db"), manner);
        let (began, used) = (Instant::now(), processors::used_here());
        let messages = self.values[0][0].len();
        for first in (0..messages).step_by(manner.group) {
            let last = messages.min(first + manner.group);
            self.commit(&connection, first..last, manner);
        }
        Turn {
            wall: began.elapsed(),
            client: processors::used_here() - used,
            ..Turn::default()
        }
    }

    /// Makes each of the commits for these messages.
    pub(crate) fn commit(&self, connection: &Connection, group: Range<usize>, manner: Manner) {
        for (commit, values) in self.commits.iter().zip(&self.values) {
            execute(connection, "BEGIN IMMEDIATE");
            for message in group.clone() {
                for (statement, values) in commit.iter().zip(values) {
                    write_row(connection, statement.write, &values[message], manner);
                }
            }
            execute(connection, "COMMIT");
        }
    }

    /// A new file with the host's tables.
    pub(crate) fn create(&self, path: &Path, manner: Manner) -> Connection {
        let connection = Connection::open(path).expect("the folder is writable");
        let Manner {
            page_size,
            cache,
            checkpoint,
            ..
        } = manner;
        let synchronous = if manner.is_synced { "FULL" } else { "OFF" };
        execute(
            &connection,
            &format!(
                "PRAGMA page_size = {page_size}; PRAGMA journal_mode = WAL; PRAGMA synchronous = {synchronous};
                 PRAGMA foreign_keys = ON; PRAGMA cache_size = -{cache}; PRAGMA wal_autocheckpoint = {checkpoint};"
            ),
        );
        for object in &self.schema {
            execute(&connection, object);
        }
        connection
    }
}

fn write_row(connection: &Connection, sql: &str, values: &[Value], manner: Manner) {
    let write = |statement: &mut Statement<'_>| {
        let written = statement.execute(params_from_iter(values));
        assert_eq!(written, Ok(1), "each statement writes one row");
    };
    if manner.is_prepared {
        write(&mut connection.prepare_cached(sql).expect("it compiles"));
    } else {
        write(&mut connection.prepare(sql).expect("it compiles"));
    }
}

fn execute(connection: &Connection, sql: &str) {
    connection.execute_batch(sql).expect("SQLite does it");
}

fn schema(store: &Connection) -> Vec<String> {
    let made_by_us =
        "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'";
    let mut statement = store.prepare(made_by_us).expect("it compiles");
    let objects = statement.query_map([], |row| row.get(0)).expect("it runs");
    objects.map(|object| object.expect("text")).collect()
}

fn rows(store: &Connection, sql: &str) -> Vec<Vec<Value>> {
    let mut statement = store.prepare(sql).expect("it compiles");
    let columns = statement.column_count();
    let rows = statement.query_map([], |row| {
        (0..columns).map(|column| row.get(column)).collect()
    });
    let rows = rows.expect("it runs");
    rows.map(|row| row.expect("values")).collect()
}
