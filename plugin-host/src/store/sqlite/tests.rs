//! SQLite under the suite, and what is its own: files that are no store, locks, room, and the group commit.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, params};
use tempfile::TempDir;

use super::writer::Writer;
use super::{SqliteStore, open};
use crate::store::suite::{Place, store_suite};
use crate::store::{MessageFilter, Store, StoreError};

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("host.db")
    }
}

impl Place for Folder {
    fn open(&self) -> Arc<dyn Store> {
        Arc::new(SqliteStore::open(&self.file()).unwrap())
    }
}

store_suite!(Folder::new());

fn refusal(path: &Path) -> StoreError {
    SqliteStore::open(path).err().expect("it is no store")
}

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

#[test]
fn one_process_writes_at_a_time_and_the_lock_goes_with_it() {
    let folder = Folder::new();
    let first = folder.open();
    assert!(matches!(refusal(&folder.file()), StoreError::Locked { .. }));
    drop(first);
    drop(folder.open());
}

#[tokio::test]
async fn a_reader_changes_nothing() {
    let folder = Folder::new();
    drop(folder.open());
    let reader = SqliteStore::open_read_only(&folder.file()).unwrap();
    let refused = reader
        .write(|connection| Ok(connection.execute("DELETE FROM feed", [])?))
        .await;
    assert!(matches!(refused, Err(StoreError::NotWritable(_))));
    let refused = reader
        .read(|connection| Ok(connection.execute("DELETE FROM feed", [])?))
        .await;
    assert!(refused.is_err());
}

fn table(folder: &Folder) -> Connection {
    let connection = open::for_writing(&folder.file()).unwrap();
    connection
        .execute_batch("CREATE TABLE numbers (number INTEGER PRIMARY KEY, bytes BLOB)")
        .unwrap();
    connection
}

fn numbers(folder: &Folder) -> i64 {
    let reader = open::for_reading(&folder.file()).unwrap();
    reader
        .query_row("SELECT count(*) FROM numbers", [], |row| row.get(0))
        .unwrap()
}

#[tokio::test]
async fn a_job_that_fails_takes_nothing_of_its_neighbours_with_it() {
    let folder = Folder::new();
    let writer = Arc::new(Writer::start(table(&folder), &folder.file()).unwrap());
    let jobs = (0..200i64).map(|number| {
        let writer = Arc::clone(&writer);
        tokio::spawn(async move {
            let insert = move |connection: &Connection| {
                connection.execute("INSERT INTO numbers (number) VALUES (?1)", [number])?;
                // Every tenth does half of its work and then breaks a rule.
                let again = if number % 10 == 0 {
                    number
                } else {
                    1000 + number
                };
                connection.execute("INSERT INTO numbers (number) VALUES (?1)", [again])?;
                Ok(())
            };
            (number, writer.run(insert).await)
        })
    });
    for job in jobs.collect::<Vec<_>>() {
        let (number, result) = job.await.unwrap();
        assert_eq!(result.is_err(), number % 10 == 0, "{number}: {result:?}");
        assert!(!matches!(result, Err(ref error) if !matches!(error, StoreError::Refused(_))));
    }
    assert_eq!(numbers(&folder), 2 * 180);
}

#[tokio::test]
async fn a_job_that_panics_fails_alone() {
    let folder = Folder::new();
    let writer = Writer::start(table(&folder), &folder.file()).unwrap();
    let panics = |connection: &Connection| {
        connection.execute("INSERT INTO numbers (number) VALUES (1)", [])?;
        if connection.is_autocommit() {
            Ok(())
        } else {
            panic!("a bug")
        }
    };
    let failed = writer.run(panics).await;
    assert!(matches!(failed, Err(StoreError::Failed(_))), "{failed:?}");
    let insert = |connection: &Connection| {
        Ok(connection.execute("INSERT INTO numbers (number) VALUES (2)", [])?)
    };
    assert_eq!(writer.run(insert).await.unwrap(), 1);
    drop(writer);
    assert_eq!(numbers(&folder), 1);
}

#[tokio::test]
async fn a_full_disk_is_said_and_what_was_answered_stays() {
    let folder = Folder::new();
    let connection = table(&folder);
    let pages: i64 = connection
        .query_row("PRAGMA page_count", [], |row| row.get(0))
        .unwrap();
    connection
        .execute_batch(&format!("PRAGMA max_page_count = {}", pages + 20))
        .unwrap();
    let writer = Writer::start(connection, &folder.file()).unwrap();
    let mut kept = 0;
    let error = loop {
        let job = |connection: &Connection| {
            connection.execute(
                "INSERT INTO numbers (bytes) VALUES (?1)",
                params![vec![7u8; 3000]],
            )?;
            Ok(())
        };
        match writer.run(job).await {
            Ok(()) => kept += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, StoreError::NotWritable(_)), "{error:?}");
    let small = |connection: &Connection| {
        Ok(connection.execute("DELETE FROM numbers WHERE number = 1", [])?)
    };
    assert_eq!(
        writer.run(small).await.unwrap(),
        1,
        "it goes on when there is room"
    );
    drop(writer);
    assert_eq!(numbers(&folder), kept - 1);
}

#[tokio::test]
async fn a_job_whose_caller_has_gone_is_done_all_the_same() {
    let folder = Folder::new();
    let writer = Writer::start(table(&folder), &folder.file()).unwrap();
    let insert = |connection: &Connection| {
        Ok(connection.execute("INSERT INTO numbers (number) VALUES (1)", [])?)
    };
    let run = writer.run(insert);
    let mut run = Box::pin(run);
    // Polled once it is on its way; then nobody waits for it.
    let _ = futures_poll_once(run.as_mut()).await;
    drop(run);
    drop(writer);
    assert_eq!(numbers(&folder), 1);
}

async fn futures_poll_once<F: Future>(mut future: std::pin::Pin<&mut F>) -> bool {
    std::future::poll_fn(|context| std::task::Poll::Ready(future.as_mut().poll(context).is_ready()))
        .await
}

#[tokio::test]
async fn identical_attachments_are_stored_once() {
    use plugin_api::{Attachment, Mailbox, Message, TrackingId};
    let folder = Folder::new();
    let store = folder.open();
    for number in 0..20 {
        let message = Message::builder()
            .from(Mailbox::new("sales@host.example").unwrap())
            .to(Mailbox::new("ann@example.com").unwrap())
            .text_body("Hello")
            .tracking_id(TrackingId::from_bytes([number; 16]))
            .add_attachment(Attachment::new(
                format!("{number}.pdf"),
                "application/pdf",
                vec![1u8; 100_000],
            ))
            .build()
            .unwrap();
        let new = crate::store::NewMessage {
            message,
            route: "default".to_owned(),
            essential: false,
            priority: false,
            size: 100,
            accepted_at: jiff::Timestamp::UNIX_EPOCH,
            send_at: None,
        };
        store.accept(vec![new]).await.remove(0).unwrap();
    }
    let reader = open::for_reading(&folder.file()).unwrap();
    let blobs: i64 = reader
        .query_row("SELECT count(*) FROM blobs", [], |row| row.get(0))
        .unwrap();
    assert_eq!(blobs, 1);
}
