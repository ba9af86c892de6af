//! A service that takes its time for an answer. What helps then is to put more into one request.

use std::time::Duration;

use crate::Effort;
use crate::load::Load;
use crate::stage::Stage;
use crate::table::Table;

const LATENCY: Duration = Duration::from_millis(50);
/// To the service, for either side.
const CONNECTIONS: usize = 32;

/// Beside a sender that has one message under way on each connection.
pub(crate) async fn compare(effort: Effort) {
    let one_by_one = Load {
        messages: effort.messages,
        connections: CONNECTIONS,
        per_request: 1,
        is_for_later: false,
    };
    let batch = Load {
        per_request: 50,
        ..one_by_one
    };
    let mut table = Table::new(
        format!("The service answers after {LATENCY:?}, {CONNECTIONS} connections to it"),
        effort.messages,
    );
    // The sender's turn is as long as arithmetic says; three are enough.
    for _ in 0..effort.rounds.min(3) {
        let stage = Stage::new(LATENCY, CONNECTIONS);
        let before = stage.used();
        let wall = one_by_one.offer(stage.simulator.base()).await;
        table.add("one by one, no host", stage.turn(wall, before));
        for (name, load) in [
            ("host, /email, until sent", one_by_one),
            ("host, /email/batch of 50, until sent", batch),
        ] {
            let stage = Stage::new(LATENCY, CONNECTIONS);
            stage.warm_up(effort.warm_up).await;
            table.add(name, stage.send(load).await);
        }
    }
    table.print();
}
