//! Each fault of the file is told with what helps against it, and with nothing else.

use std::io::{Error as SystemError, ErrorKind};

use rusqlite::Connection;

use super::super::{SqliteStore, faults, open};
use super::{Folder, refusal};
use crate::store::StoreError;
use crate::store::suite::Place as _;

/// Parts of remedies; each fault has one of them and none of the others.
const REMEDIES: [&str; 8] = [
    "make room",
    "mount its disk",
    "let this user",
    "make its folder",
    "first start of a host",
    "end the program",
    "name another file",
    "from a backup",
];

fn helps(fault: &StoreError, expected: &[&str]) {
    let said = fault.to_string();
    for remedy in REMEDIES {
        assert_eq!(
            said.contains(remedy),
            expected.contains(&remedy),
            "{remedy} in: {said}"
        );
    }
}

#[test]
fn what_the_system_refuses_is_mended_at_the_system() {
    let folder = Folder::new();
    for (kind, remedy) in [
        (ErrorKind::StorageFull, "make room"),
        (ErrorKind::ReadOnlyFilesystem, "mount its disk"),
        (ErrorKind::PermissionDenied, "let this user"),
    ] {
        let problem = "it cannot be created".to_owned();
        let fault = faults::of_the_system(&folder.file(), &SystemError::from(kind), problem);
        helps(&fault, &[remedy]);
    }
}

#[test]
fn a_path_that_is_wrong_is_to_be_named_rightly() {
    let folder = Folder::new();
    let nowhere = folder.0.path().join("no-such-folder/host.db");
    helps(
        &refusal(&nowhere),
        &["make its folder", "name another file"],
    );
    let directory = folder.0.path().join("directory");
    std::fs::create_dir(&directory).unwrap();
    helps(&refusal(&directory), &["name another file"]);
    let absent = SqliteStore::open_read_only(&folder.file()).err().unwrap();
    helps(&absent, &["first start of a host"]);
}

#[test]
fn a_file_that_somebody_else_holds_is_waited_for() {
    let folder = Folder::new();
    drop(folder.open());
    let holder = Connection::open(folder.file()).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let waiting = open::for_writing(&folder.file()).unwrap();
    waiting.busy_timeout(std::time::Duration::ZERO).unwrap();
    let refused = waiting.execute_batch("BEGIN IMMEDIATE").unwrap_err();
    helps(&refused.into(), &["end the program"]);
}

#[test]
fn a_file_that_may_only_be_read_is_not_restored_from_a_backup() {
    let folder = Folder::new();
    drop(folder.open());
    let reader = open::for_reading(&folder.file()).unwrap();
    let refused = reader.execute_batch("DELETE FROM feed").unwrap_err();
    helps(&refused.into(), &["let this user", "mount its disk"]);
}
