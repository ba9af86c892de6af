//! Opening the file: what it must be, and bringing it up to date.

use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::faults::{at_opening, foreign, missing, of_the_system};
use crate::store::StoreError;

pub(super) const MIGRATIONS: [&str; 4] = [
    include_str!("migrations/0001_initial.sql"),
    include_str!("migrations/0002_tracking.sql"),
    include_str!("migrations/0003_pauses_and_doubts_given_up.sql"),
    include_str!("migrations/0004_rests.sql"),
];

/// Marks the file as ours, so that no other database is taken for a store ("EPPS").
const APPLICATION_ID: i64 = 0x4550_5053;

/// What a transaction changes stays in memory until its commit, and what its savepoints would need to undo a job as well
/// (docs/decisions/0007). 16 MiB of pages, and a log as long before it is carried over.
const ROOM: &str =
    "PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 4000;";

pub(super) fn for_writing(path: &Path) -> Result<Connection, StoreError> {
    create_private(path)?;
    let connection = open(path)?;
    // Before anything is written: a file that is not ours stays as it is.
    schema_version(&connection, path)?;
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;",
        )
        .and_then(|()| connection.execute_batch(ROOM))
        .map_err(|error| at_opening(path, error))?;
    migrate(&connection, path)?;
    Ok(connection)
}

pub(super) fn for_reading(path: &Path) -> Result<Connection, StoreError> {
    if !path.exists() {
        return Err(missing(path, "there is no such file"));
    }
    // Reading a write-ahead log needs to write its index, so the file is opened for both and told to refuse changes.
    let connection = open(path)?;
    connection
        .execute_batch("PRAGMA query_only = ON;")
        .map_err(|error| at_opening(path, error))?;
    let version = schema_version(&connection, path)?;
    if version == 0 {
        return Err(missing(path, "it holds no store yet"));
    }
    Ok(connection)
}

/// A new file is its owner's alone, whatever the umask: it holds addresses and whole mails. SQLite gives the files it puts beside it the
/// same mode. One that is there keeps the mode somebody gave it.
fn create_private(path: &Path) -> Result<(), StoreError> {
    let created = File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    match created {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => {
            let problem = format!("it cannot be created ({error})");
            Err(of_the_system(path, &error, problem))
        }
    }
}

fn open(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection =
        Connection::open_with_flags(path, flags).map_err(|error| at_opening(path, error))?;
    connection
        .busy_timeout(Duration::from_secs(10))
        .map_err(|error| at_opening(path, error))?;
    // Otherwise SQLite compiles many a statement again whenever other values are bound to it, in case they let it choose a better plan.
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
        .map_err(|error| at_opening(path, error))?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

fn migrate(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let done = schema_version(connection, path)?;
    for (number, migration) in (1i64..).zip(MIGRATIONS) {
        if number > done {
            let step = format!(
                "BEGIN IMMEDIATE; {migration} PRAGMA user_version = {number}; PRAGMA application_id = {APPLICATION_ID}; COMMIT;"
            );
            connection
                .execute_batch(&step)
                .map_err(|error| at_opening(path, error))?;
        }
    }
    Ok(())
}

/// 0 for a new file.
fn schema_version(connection: &Connection, path: &Path) -> Result<i64, StoreError> {
    let pragma = |name: &str| {
        connection
            .query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0))
            .map_err(|error| at_opening(path, error))
    };
    let (version, application) = (pragma("user_version")?, pragma("application_id")?);
    let tables: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(|error| at_opening(path, error))?;
    let known = MIGRATIONS.len() as i64;
    match (version, application) {
        (0, 0) if tables == 0 => Ok(0),
        (found, APPLICATION_ID) if found > known => Err(StoreError::Newer {
            path: path.to_owned(),
            found,
            known,
        }),
        (found, APPLICATION_ID) => Ok(found),
        _ => Err(foreign(path)),
    }
}

pub(super) fn next_epoch(connection: &Connection) -> Result<i64, StoreError> {
    let epoch = connection.query_row(
        "INSERT INTO meta (key, value) VALUES ('epoch', '1')
         ON CONFLICT (key) DO UPDATE SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT)
         RETURNING CAST(value AS INTEGER)",
        [],
        |row| row.get(0),
    )?;
    Ok(epoch)
}
