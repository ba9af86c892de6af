//! Accepting: what a message costs until its caller may forget it.

use std::sync::Arc;
use std::time::Duration;

use crate::Effort;
use crate::bare::{ACCEPT, Manner, Record};
use crate::load::Load;
use crate::minimal::Minimal;
use crate::processors;
use crate::stage::{Stage, folder};
use crate::table::{Table, Turn};

/// Who sends at once, and so the most that one commit can serve.
const CLIENTS: usize = 32;

/// Beside a program that commits the same rows in groups as large as the host's can be.
pub(crate) async fn compare(effort: Effort) {
    let single = Load {
        messages: effort.messages,
        connections: CLIENTS,
        per_request: 1,
        is_for_later: true,
    };
    let batch = Load {
        per_request: 50,
        ..single
    };
    let record = {
        let stage = Stage::new(Duration::ZERO, 8);
        stage.accept(batch).await;
        Arc::new(Record::of(&stage.store(), &[ACCEPT]))
    };
    let mut table = Table::new(
        format!("Accepted durably, {CLIENTS} clients"),
        effort.messages,
    );
    for _ in 0..effort.rounds {
        let folder = folder();
        let bare = record.write(folder.path(), Manner::groups_of(CLIENTS));
        table.add(format!("rusqlite alone, groups of {CLIENTS}"), bare);
        table.add(
            "one axum handler, one writer, no checks",
            minimal(&record, single).await,
        );
        for (name, load) in [
            ("host, /email", single),
            ("host, /email/batch of 50", batch),
        ] {
            let stage = Stage::new(Duration::ZERO, 8);
            stage.warm_up(effort.warm_up).await;
            table.add(name, stage.accept(load).await);
        }
    }
    table.print();
}

async fn minimal(record: &Arc<Record>, load: Load) -> Turn {
    let folder = folder();
    let service = Minimal::start(Arc::clone(record), folder.path());
    let before = processors::used_here();
    Turn {
        wall: load.offer(service.base()).await,
        client: processors::used_here() - before,
        ..Turn::default()
    }
}
