//! How to write: the same rows under other settings of SQLite and in groups of other sizes. docs/decisions/ says what was learnt.

use std::time::Duration;

use crate::Effort;
use crate::bare::{ACCEPT, ATTEMPT, Manner, RESULT, Record};
use crate::load::Load;
use crate::stage::{Stage, folder};
use crate::table::Table;

const USUAL: Manner = Manner::groups_of(32);

/// The first is what the others are compared with.
fn manners() -> Vec<(&'static str, Manner)> {
    let group = |group| Manner { group, ..USUAL };
    let page_size = |page_size| Manner { page_size, ..USUAL };
    let checkpoint = |checkpoint| Manner {
        checkpoint,
        ..USUAL
    };
    let cache = |cache| Manner { cache, ..USUAL };
    let compiled_each_time = Manner {
        is_prepared: false,
        ..USUAL
    };
    let unsynced = Manner {
        is_synced: false,
        ..USUAL
    };
    vec![
        ("as the host writes, groups of 32", USUAL),
        ("alone", group(1)),
        ("groups of 8", group(8)),
        ("groups of 128", group(128)),
        ("pages of 8 KB", page_size(8192)),
        ("pages of 16 KB", page_size(16_384)),
        ("2 MB of pages in memory", cache(2000)),
        ("a log of 1000 pages", checkpoint(1000)),
        ("a log of 16,000 pages", checkpoint(16_000)),
        ("statements compiled each time", compiled_each_time),
        ("without waiting for the disk", unsynced),
    ]
}

pub(crate) async fn compare(effort: Effort) {
    let load = Load {
        messages: effort.messages,
        connections: 8,
        per_request: 50,
        is_for_later: false,
    };
    let stage = Stage::new(Duration::ZERO, 8);
    stage.send(load).await;
    let accept = Record::of(&stage.store(), &[ACCEPT]);
    let whole = Record::of(&stage.store(), &[ACCEPT, ATTEMPT, RESULT]);
    drop(stage);
    for (title, record) in [("One commit a message", accept), ("Three", whole)] {
        let mut table = Table::new(title, effort.messages);
        // There is a dozen of them, and nothing but this program is at work: three are enough.
        for _ in 0..effort.rounds.min(3) {
            for (name, manner) in manners() {
                let folder = folder();
                table.add(name, record.write(folder.path(), manner));
            }
        }
        table.print();
    }
}
