//! All the way: accepted, claimed, sent by the plugin, the result on record. The service answers at once.

use std::time::{Duration, Instant};

use crate::Effort;
use crate::bare::{ACCEPT, ATTEMPT, Manner, RESULT, Record};
use crate::client::Client;
use crate::feed::Feed;
use crate::load::Load;
use crate::stage::{Stage, folder};
use crate::table::{Table, Turn};

/// As many as the official client has under way, here and there.
const IN_FLIGHT: usize = 32;
/// As many as the host claims at once for one call.
const GROUP: usize = 50;
/// The host's default.
const CONNECTIONS: usize = 8;

/// Beside the official client without the host, and beside a program that makes the same three commits and nothing else.
pub(crate) async fn compare(effort: Effort) {
    let single = Load {
        messages: effort.messages,
        connections: IN_FLIGHT,
        per_request: 1,
        is_for_later: false,
    };
    let batch = Load {
        per_request: GROUP,
        ..single
    };
    let client = Client::install();
    let record = {
        let stage = Stage::new(Duration::ZERO, CONNECTIONS);
        stage.send(batch).await;
        Record::of(&stage.store(), &[ACCEPT, ATTEMPT, RESULT])
    };
    let mut table = Table::new("Through everything", effort.messages);
    for _ in 0..effort.rounds {
        if let Some(client) = &client {
            let straight = straight(client, effort);
            table.add("official client, straight to the service", straight);
            let (accepted, sent) = official(client, effort).await;
            table.add("official client, host, until accepted", accepted);
            table.add("official client, host, until sent", sent);
        }
        for (name, load) in [
            ("lean client, host, /email, until sent", single),
            ("lean client, host, /email/batch of 50, until sent", batch),
        ] {
            let stage = Stage::new(Duration::ZERO, CONNECTIONS);
            stage.warm_up(effort.warm_up).await;
            table.add(name, stage.send(load).await);
        }
        let folder = folder();
        let bare = record.write(folder.path(), Manner::groups_of(GROUP));
        table.add("rusqlite alone, the same three commits", bare);
    }
    table.print();
}

fn straight(client: &Client, effort: Effort) -> Turn {
    let stage = Stage::new(Duration::ZERO, CONNECTIONS);
    let warm = client.warm_up(stage.simulator.base(), IN_FLIGHT, effort);
    let before = stage.used();
    let took = warm.send();
    Turn {
        client: took.processors,
        ..stage.turn(took.wall, before)
    }
}

async fn official(client: &Client, effort: Effort) -> (Turn, Turn) {
    let stage = Stage::new(Duration::ZERO, CONNECTIONS);
    let mut feed = Feed::of(stage.host.base()).await;
    let warm = client.warm_up(stage.host.base(), IN_FLIGHT, effort);
    feed.wait_for_sent(effort.warm_up).await;
    let before = stage.used();
    let took = warm.send();
    let answered = Instant::now();
    feed.wait_for_sent(effort.messages).await;
    let accepted = Turn {
        client: took.processors,
        ..stage.turn(took.wall, before)
    };
    let sent = Turn {
        wall: took.wall + answered.elapsed(),
        ..accepted
    };
    (accepted, sent)
}
