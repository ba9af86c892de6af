//! What the system and SQLite say of the store's file, and what helps against each.

use std::fs::File;
use std::io::{Error as SystemError, ErrorKind};
use std::path::Path;

use rusqlite::{Error, ErrorCode, ffi};

use crate::store::StoreError;

const FULL: &str = "make room on its disk";
const READ_ONLY: &str = "mount its disk for writing, or name another place in `store.url`";
const FORBIDDEN: &str = "let this user read and write the file and its folder";
const GUARDED: &str = "let this user write the file and its folder, or mount its disk for writing";
const NO_FOLDER: &str = "make its folder, or name another file in `store.url`";
const NOT_MADE: &str =
    "name the right file in `store.url`; the first start of a host makes a new one";
const ANOTHER_FILE: &str = "name another file in `store.url`";
const REFUSED: &str = "see to its disk, which refuses writes: it is read-only by now, or fails (the system's log says which)";
const BACKUP: &str = "restore it from a backup";

/// The system refused a file of the store.
pub(super) fn of_the_system(store: &Path, fault: &SystemError, problem: String) -> StoreError {
    let forbidden = |remedy| StoreError::NotWritable {
        problem: format!("{}: {problem}", store.display()),
        remedy,
    };
    match fault.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => forbidden(FULL),
        ErrorKind::ReadOnlyFilesystem => forbidden(READ_ONLY),
        ErrorKind::PermissionDenied => forbidden(FORBIDDEN),
        ErrorKind::NotFound => unusable(store, problem, NO_FOLDER),
        _ => unusable(store, problem, ANOTHER_FILE),
    }
}

/// SQLite refused the file when it was opened.
pub(super) fn at_opening(store: &Path, fault: Error) -> StoreError {
    match fault.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => {
            unusable(store, "it is not a database".to_owned(), ANOTHER_FILE)
        }
        Some(ErrorCode::DatabaseCorrupt) => {
            unusable(store, format!("it is damaged ({fault})"), BACKUP)
        }
        Some(ErrorCode::CannotOpen) => not_opened(store, &fault),
        _ => fault.into(),
    }
}

/// SQLite does not say why; the system does.
fn not_opened(store: &Path, fault: &Error) -> StoreError {
    match File::options().read(true).write(true).open(store) {
        Err(reason) => of_the_system(store, &reason, format!("it cannot be opened ({reason})")),
        Ok(_) => unusable(store, format!("it cannot be opened ({fault})"), GUARDED),
    }
}

/// There is nothing to read yet.
pub(super) fn missing(store: &Path, problem: &str) -> StoreError {
    unusable(store, problem.to_owned(), NOT_MADE)
}

/// The file is somebody else's.
pub(super) fn foreign(store: &Path) -> StoreError {
    let problem = "it is a database of another program".to_owned();
    unusable(store, problem, ANOTHER_FILE)
}

/// The system has no locks for a file there.
pub(super) fn no_locks(store: &Path, fault: &SystemError) -> StoreError {
    let problem = format!("it cannot be locked ({fault})");
    let remedy = "put it on a disk of this machine, not on a network drive";
    unusable(store, problem, remedy)
}

/// Somebody tries to change what was opened to be read.
pub(super) fn for_reading_only() -> StoreError {
    StoreError::NotWritable {
        problem: "it was opened for reading".to_owned(),
        remedy: "open it for changes",
    }
}

fn unusable(store: &Path, problem: String, remedy: &'static str) -> StoreError {
    StoreError::Unusable {
        path: store.to_owned(),
        problem,
        remedy,
    }
}

impl From<Error> for StoreError {
    fn from(fault: Error) -> Self {
        let problem = fault.to_string();
        let extended = fault.sqlite_error().map(|error| error.extended_code);
        let not_writable = |problem, remedy| Self::NotWritable { problem, remedy };
        match fault.sqlite_error_code() {
            _ if extended == Some(ffi::SQLITE_IOERR_WRITE) => not_writable(problem, REFUSED),
            Some(ErrorCode::DiskFull) => not_writable(problem, FULL),
            Some(ErrorCode::ReadOnly) => not_writable(problem, GUARDED),
            Some(ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
                not_writable(problem, FORBIDDEN)
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy(problem),
            Some(ErrorCode::ConstraintViolation) => Self::Refused(problem),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Failed(format!(
                "{problem}; stop the host and restore the store from a backup"
            )),
            Some(ErrorCode::SystemIoFailure) => {
                Self::Failed(format!("{problem}; its disk fails: see the system's log"))
            }
            _ => Self::Failed(problem),
        }
    }
}
