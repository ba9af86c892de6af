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

#[test]
fn writing_a_row_builds_no_table_on_the_side() {
    let folder = Folder::new();
    let connection = open::for_writing(&folder.file()).unwrap();
    for write in [
        "INSERT INTO messages DEFAULT VALUES",
        "INSERT INTO recipients DEFAULT VALUES",
        "UPDATE messages SET state = 'sent', next_at = NULL, finalized_at = 1 WHERE seq = 1",
    ] {
        let mut steps = connection.prepare(&format!("EXPLAIN {write}")).unwrap();
        let steps = steps.query_map([], |row| row.get::<_, String>("opcode"));
        let steps: Vec<_> = steps.unwrap().map(Result::unwrap).collect();
        let is_lean = !steps.iter().any(|step| step == "OpenEphemeral");
        assert!(steps.len() > 1 && is_lean, "{write}");
    }
}
