//! Power loss: nothing is answered, and nothing handed to a provider, before the disk has it. Seen by strace.

use super::client::letter;
use super::pair::Pair;
use crate::support::has_strace;

/// What matters of a line of strace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    /// The application's request was read.
    Asked,
    /// The disk has what was written.
    Synced,
    /// The application was told.
    Answered,
    /// The first bytes went to the provider.
    Left,
}

fn seen(line: &str) -> Option<Seen> {
    let is = |words: &[&str]| words.iter().any(|word| line.contains(word));
    let (reads, writes) = (
        is(&["recvfrom", "readv", "read("]),
        is(&["sendto(", "writev(", "write("]),
    );
    if is(&["fsync", "fdatasync"]) {
        // A call that another thread interrupted shows its end on a line of its own.
        return line.ends_with("= 0").then_some(Seen::Synced);
    }
    match (reads, writes) {
        (true, _) if line.contains("\"POST /email ") => Some(Seen::Asked),
        (_, true) if line.contains("\"POST /email ") => Some(Seen::Left),
        (_, true) if line.contains("\"HTTP/1.1 200 ") => Some(Seen::Answered),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_disk_has_a_message_before_its_caller_is_told_and_its_attempt_before_it_leaves() {
    const MESSAGES: usize = 4;
    if !has_strace() {
        return;
    }
    let mut pair = Pair::new().await;
    let calls = "trace=read,readv,recvfrom,write,writev,sendto,fsync,fdatasync";
    let listens =
        tokio::task::block_in_place(|| pair.stage.start_under_strace(&["-s", "40", "-e", calls]));
    assert!(listens, "{}", pair.stage.log());
    for number in 0..MESSAGES {
        let one = letter(number);
        let answer = pair.client.try_to_send(&one).await;
        assert!(answer.status().is_success(), "{answer:?}");
        pair.client.took(&one);
        pair.service_has_accepted(number + 1).await;
        pair.stage_is_settled().await;
    }
    assert!(tokio::task::block_in_place(|| pair.stage.stop()).success());
    let story: Vec<Seen> = pair.stage.trace().lines().filter_map(seen).collect();
    let lives: Vec<&[Seen]> = story.split(|seen| *seen == Seen::Asked).skip(1).collect();
    assert_eq!(lives.len(), MESSAGES, "{story:?}");
    for life in &lives {
        let before = |end: Seen| {
            let place = life.iter().position(|seen| *seen == end);
            let place = place.unwrap_or_else(|| panic!("no {end:?} in {life:?}"));
            life[..place]
                .iter()
                .filter(|seen| **seen == Seen::Synced)
                .count()
        };
        assert!(
            before(Seen::Answered) >= 1 && before(Seen::Left) >= 2,
            "{life:?}"
        );
    }
    // A lone message on an idle host costs no more than that: one for the message, one for the attempt.
    let last = lives.last().expect("there are some");
    let synced = last.iter().take_while(|seen| **seen != Seen::Left);
    assert_eq!(
        synced.filter(|seen| **seen == Seen::Synced).count(),
        2,
        "{last:?}"
    );
}
