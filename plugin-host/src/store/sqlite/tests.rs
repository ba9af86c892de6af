//! SQLite under the suite, and what is its own: files that are no store, locks, room, and the group commit.

mod opening;
mod remedies;
mod statements;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, params};
use tempfile::TempDir;

use super::writer::Writer;
use super::{SqliteStore, open};
use crate::store::suite::{Place, store_suite};
use crate::store::{Store, StoreError};

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
    assert!(matches!(refused, Err(StoreError::NotWritable { .. })));
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
async fn of_pieces_that_are_run_together_those_that_fail_or_panic_fail_alone() {
    let folder = Folder::new();
    let writer = Arc::new(Writer::start(table(&folder), &folder.file()).unwrap());
    let piece = |number: i64| {
        move |connection: &Connection| {
            connection.execute("INSERT INTO numbers (number) VALUES (?1)", [number])?;
            assert!(number % 10 != 5, "a bug");
            let again = if number % 10 == 0 { number } else { -number };
            connection.execute("INSERT INTO numbers (number) VALUES (?1)", [again])?;
            Ok(number)
        }
    };
    // Beside them what can be done once only, which is neither undone nor done again.
    let once = |number: i64| {
        move |connection: &Connection| {
            Ok(connection.execute("INSERT INTO numbers (number) VALUES (?1)", [number])?)
        }
    };
    let groups = (1..=20i64).map(|group| {
        let writer = Arc::clone(&writer);
        tokio::spawn(async move {
            let pieces = (100 * group..100 * group + 20).map(piece).collect();
            let results = writer.run_each(pieces).await.unwrap();
            assert_eq!(writer.run(once(10_000 + group)).await.unwrap(), 1);
            (100 * group, results)
        })
    });
    for group in groups.collect::<Vec<_>>() {
        let (first, results) = group.await.unwrap();
        assert_eq!(results.len(), 20);
        for (number, result) in (first..).zip(results) {
            match number % 10 {
                0 => assert!(matches!(result, Err(StoreError::Refused(_))), "{result:?}"),
                5 => assert!(matches!(result, Err(StoreError::Failed(_))), "{result:?}"),
                _ => assert_eq!(result.unwrap(), number),
            }
        }
    }
    assert_eq!(numbers(&folder), 20 * (16 * 2 + 1));
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
    assert!(matches!(error, StoreError::NotWritable { .. }), "{error:?}");
    assert!(
        error.to_string().contains("make room on its disk"),
        "{error}"
    );
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
