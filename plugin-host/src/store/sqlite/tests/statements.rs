//! What the cache of statements is for: compiling takes longer than running most of them.

use rusqlite::StatementStatus;

use super::{Folder, open};

#[test]
fn a_statement_is_compiled_once_whatever_is_bound_to_it() {
    let folder = Folder::new();
    let connection = open::for_writing(&folder.file()).unwrap();
    let mut statement = connection
        .prepare("SELECT position FROM recipients WHERE message = ?1 ORDER BY position")
        .unwrap();
    for message in 1..4 {
        assert!(!statement.exists([message]).unwrap());
    }
    assert_eq!(statement.get_status(StatementStatus::RePrepare), 0);
}
