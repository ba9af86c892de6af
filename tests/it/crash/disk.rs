//! A store that cannot be written, or read, or fails underneath: one clear sentence, nothing lost, nothing sent twice.

use std::os::unix::process::ExitStatusExt as _;

use serde_json::Value;

use super::cell::SETTINGS;
use super::client::letter;
use super::pair::Pair;
use super::tally::Tally;
use crate::support::has_strace;

/// Accepts and delivers one message, and stops: there is a store now.
async fn used() -> Pair {
    let mut pair = Pair::new().await;
    tokio::task::block_in_place(|| pair.stage.start(None));
    pair.client.offer(&[letter(0)]).await;
    pair.settled().await;
    assert!(tokio::task::block_in_place(|| pair.stage.stop()).success());
    pair
}

/// The host comes back on a good disk; whatever was not taken is offered again.
async fn comes_back(mut pair: Pair, refused: &[Value]) -> Tally {
    tokio::task::block_in_place(|| pair.stage.start(None));
    pair.client.offer(refused).await;
    assert!(pair.client.has_been_heard());
    let tally = pair.settled().await;
    assert_eq!(
        (tally.lost, tally.doubled, tally.sent),
        (0, 0, tally.messages),
        "{tally:?}"
    );
    tally
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_new_messages_and_keeps_those_it_has() {
    fails_while_running("ENOSPC", "disk is full").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_becomes_read_only_refuses_new_messages_and_keeps_those_it_has() {
    fails_while_running("EROFS", "the store cannot be written").await;
}

/// From some moment on nothing can be written, for this reason.
async fn fails_while_running(error: &str, words: &str) {
    if !has_strace() {
        return;
    }
    let mut pair = used().await;
    let wal = format!("{}-wal", pair.stage.store().display());
    let inject = format!("inject=pwrite64:error={error}:when=200+");
    let failing = ["-e", "trace=pwrite64", "-e", &inject, "-P", &wal];
    assert!(tokio::task::block_in_place(|| pair
        .stage
        .start_under_strace(&failing)));
    let mut number = 0;
    let refused = loop {
        number += 1;
        assert!(number < 100, "the disk never fails:\n{}", pair.stage.log());
        let one = letter(number);
        let answer = pair.client.try_to_send(&one).await;
        let status = answer.status().as_u16();
        if status != 200 {
            assert_eq!(
                (status, answer.headers().get("Retry-After").is_some()),
                (503, true)
            );
            break one;
        }
        pair.client.took(&one);
    };
    pair.stage.kill();
    assert!(pair.stage.log().contains(words), "{}", pair.stage.log());
    let tally = comes_back(pair, &[refused]).await;
    assert!(tally.messages > 2, "{tally:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn before_the_disk_is_full_callers_are_told_to_come_back() {
    let nearly_full = format!("{SETTINGS}disk_reserve_mb = 1000000000\n");
    let mut pair = Pair::with(&nearly_full).await;
    tokio::task::block_in_place(|| pair.stage.start(None));
    let answer = pair.client.try_to_send(&letter(0)).await;
    assert_eq!(answer.status().as_u16(), 503);
    assert!(answer.headers().contains_key("Retry-After"), "{answer:?}");
    let envelope: Value = answer.json().await.expect("JSON");
    assert!(
        envelope["ErrorCode"].is_u64() && envelope["Message"].is_string(),
        "{envelope}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fails_to_sync_ends_the_process_before_anything_is_answered_wrongly() {
    if !has_strace() {
        return;
    }
    let mut pair = used().await;
    let wal = format!("{}-wal", pair.stage.store().display());
    let broken = [
        "-e",
        "trace=fsync,fdatasync",
        "-e",
        "inject=fsync,fdatasync:error=EIO:when=8+",
        "-P",
        &wal,
    ];
    assert!(tokio::task::block_in_place(|| pair
        .stage
        .start_under_strace(&broken)));
    let mut number = 0;
    let unheard = loop {
        number += 1;
        assert!(number < 100, "the disk never fails:\n{}", pair.stage.log());
        let one = [letter(number)];
        pair.client.offer(&one).await;
        if !pair.client.has_been_heard() {
            break one;
        }
    };
    let status = tokio::task::block_in_place(|| pair.stage.wait_for_end());
    assert_eq!(status.signal(), Some(6), "{status}\n{}", pair.stage.log());
    assert!(
        pair.stage
            .log()
            .contains("the disk failed to keep a commit")
    );
    comes_back(pair, &unheard).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_may_only_be_read_is_refused_in_one_sentence() {
    if !has_strace() {
        return;
    }
    let mut pair = used().await;
    let store = pair.stage.store().display().to_string();
    // On such a disk the lock is refused first; a file of its own may be opened no more than once more, for reading.
    let lock = format!("{store}.lock");
    for (path, time, error, remedy) in [
        (&lock, 1, "EROFS", "mount its disk for writing"),
        (&lock, 1, "EACCES", "let this user"),
        (&store, 2, "EROFS", "mount its disk for writing"),
    ] {
        let refuse = format!("inject=openat:error={error}:when={time}");
        let read_only = ["-e", "trace=openat", "-e", &refuse, "-P", path];
        assert!(!tokio::task::block_in_place(|| {
            pair.stage.start_under_strace(&read_only)
        }));
        let status = tokio::task::block_in_place(|| pair.stage.wait_for_end());
        let log = pair.stage.log();
        assert_eq!(status.code(), Some(1), "{log}");
        let said = log.lines().last().unwrap_or_default();
        assert!(said.contains("the store cannot be written"), "{said}");
        assert!(said.contains(remedy), "{said}");
    }
    comes_back(pair, &[letter(1)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_or_newer_store_is_refused_and_serves_again_when_it_is_restored() {
    let mut pair = used().await;
    let path = pair.stage.store();
    let good = std::fs::read(&path).expect("it can be read");
    let mut newer = good.clone();
    // Where SQLite keeps `user_version`.
    newer[60..64].copy_from_slice(&99u32.to_be_bytes());
    let mut damaged = good.clone();
    damaged[100..].fill(0xAA);
    for (bytes, words) in [
        (newer, "written by a newer version"),
        (damaged, "it is damaged"),
    ] {
        std::fs::write(&path, &bytes).expect("it can be written");
        assert!(!tokio::task::block_in_place(|| pair.stage.try_to_start()));
        let status = tokio::task::block_in_place(|| pair.stage.wait_for_end());
        assert_eq!(status.code(), Some(1), "{}", pair.stage.log());
        assert!(pair.stage.log().contains(words), "{}", pair.stage.log());
        assert!(
            std::fs::read(&path).expect("it can be read") == bytes,
            "the file was changed"
        );
    }
    std::fs::write(&path, good).expect("it can be written");
    comes_back(pair, &[letter(1)]).await;
}
