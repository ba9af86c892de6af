//! Every moment of death with every trouble of the service.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::account::Trouble;
use super::cell::Cell;
use super::tally::Tally;
use crate::support::tell;

const MOMENTS: [&str; 6] = [
    "after-accept",
    "after-claim",
    "after-mark",
    "after-answer",
    "during-reconciliation",
    "during-webhook-commit",
];
/// Lives lived at the same time.
const AT_ONCE: usize = 12;

#[tokio::test(flavor = "multi_thread")]
async fn whenever_the_host_dies_and_whatever_the_service_does_nothing_is_lost_or_doubled() {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut lives = JoinSet::new();
    for kill_at in MOMENTS {
        for trouble in Trouble::ALL {
            let places = Arc::clone(&places);
            lives.spawn(async move {
                let _place = places.acquire().await;
                let cell = Cell { kill_at, trouble };
                (cell, cell.live().await)
            });
        }
    }
    let mut rows = lives.join_all().await;
    let place = |cell: &Cell| {
        let moment = MOMENTS.iter().position(|moment| *moment == cell.kill_at);
        let trouble = Trouble::ALL
            .iter()
            .position(|trouble| *trouble == cell.trouble);
        (moment, trouble)
    };
    rows.sort_by_key(|(cell, _)| place(cell));
    tell(&table(&rows));
    for (cell, tally) in &rows {
        let suppressed = if cell.trouble == Trouble::HalfABatch {
            5
        } else {
            0
        };
        let expected = Tally {
            messages: 10,
            sent: 10 - suppressed,
            suppressed,
            lost: 0,
            doubled: 0,
            doubled_and_known: 0,
            resolved: tally.in_doubt,
            ..*tally
        };
        assert_eq!(*tally, expected, "{cell:?}");
    }
}

fn table(rows: &[(Cell, Tally)]) -> String {
    let head = "| the host dies | the service | messages | sent | suppressed | lost | doubled | in doubt | resolved |\n\
                |---|---|---|---|---|---|---|---|---|\n";
    let row = |(cell, tally): &(Cell, Tally)| {
        let Tally {
            messages,
            sent,
            suppressed,
            lost,
            doubled,
            in_doubt,
            resolved,
            ..
        } = tally;
        format!(
            "| {} | {} | {messages} | {sent} | {suppressed} | {lost} | {doubled} | {in_doubt} | {resolved} |\n",
            cell.kill_at,
            cell.trouble.name()
        )
    };
    head.to_owned() + &rows.iter().map(row).collect::<String>()
}
