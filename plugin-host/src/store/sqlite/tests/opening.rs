//! Files that are no store, or of another version, and whose a new one is.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use rusqlite::Connection;

use super::super::{SqliteStore, open};
use super::{Folder, refusal};
use crate::store::suite::Place as _;
use crate::store::{MessageFilter, StoreError};

#[test]
fn a_store_of_a_newer_version_is_refused_and_left_alone() {
    let folder = Folder::new();
    drop(folder.open());
    let file = Connection::open(folder.file()).unwrap();
    file.execute_batch("PRAGMA user_version = 99").unwrap();
    drop(file);
    for error in [
        refusal(&folder.file()),
        SqliteStore::open_read_only(&folder.file()).err().unwrap(),
    ] {
        assert!(
            matches!(error, StoreError::Newer { found: 99, .. }),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_store_of_an_earlier_version_is_brought_up_to_date_with_what_it_holds() {
    for version in 1..open::MIGRATIONS.len() {
        let folder = Folder::new();
        let file = Connection::open(folder.file()).unwrap();
        file.execute_batch(&open::MIGRATIONS[..version].concat())
            .unwrap();
        file.execute_batch(
            "PRAGMA application_id = 0x45505053;
             INSERT INTO feed (at, kind, body) VALUES (1, 'message.sent', '{}');",
        )
        .unwrap();
        file.pragma_update(None, "user_version", version).unwrap();
        drop(file);
        let store = folder.open();
        assert_eq!(
            store.feed(0, 10).await.unwrap().len(),
            1,
            "version {version}"
        );
        assert_eq!(
            store.search(MessageFilter::default()).await.unwrap().total,
            0
        );
    }
}

#[test]
fn what_is_no_store_is_refused_in_one_sentence_and_left_alone() {
    let folder = Folder::new();
    let text = folder.0.path().join("text.db");
    fs::write(
        &text,
        "this is a letter and no database, and it is long enough to have a header".repeat(9),
    )
    .unwrap();
    let foreign = folder.0.path().join("foreign.db");
    let other = Connection::open(&foreign).unwrap();
    other
        .execute_batch("CREATE TABLE books (title TEXT)")
        .unwrap();
    drop(other);
    let missing = folder.0.path().join("no-such-folder/host.db");
    for (path, word) in [
        (&text, "not a database"),
        (&foreign, "another program"),
        (&missing, "cannot be opened"),
    ] {
        let before = fs::read(path).ok();
        let said = refusal(path).to_string();
        assert!(
            said.contains(word) && said.contains(&path.display().to_string()),
            "{said}"
        );
        assert!(
            fs::read(path).ok() == before,
            "{} was changed",
            path.display()
        );
    }
    let absent = SqliteStore::open_read_only(&folder.0.path().join("absent.db"));
    assert!(
        absent
            .err()
            .unwrap()
            .to_string()
            .contains("there is no such file")
    );
}

#[tokio::test]
async fn a_damaged_file_is_refused_or_says_so_when_read() {
    let folder = Folder::new();
    let store = folder.open();
    drop(store);
    let mut bytes = fs::read(folder.file()).unwrap();
    let end = bytes.len();
    bytes[100..end].fill(0xAA);
    fs::write(folder.file(), bytes).unwrap();
    let said = refusal(&folder.file()).to_string();
    assert!(said.contains("damaged"), "{said}");
}

#[test]
fn a_new_store_is_its_owners_alone_and_an_old_one_keeps_its_mode() {
    let folder = Folder::new();
    let mode = |suffix: &str| {
        let path = format!("{}{suffix}", folder.file().display());
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    };
    let store = folder.open();
    for file in ["", "-wal", "-shm"] {
        assert_eq!(mode(file), 0o600, "host.db{file}");
    }
    assert_eq!(mode(".lock"), 0o600);
    drop(store);
    fs::set_permissions(folder.file(), fs::Permissions::from_mode(0o640)).unwrap();
    let _store = folder.open();
    assert_eq!((mode(""), mode("-wal")), (0o640, 0o640));
}
