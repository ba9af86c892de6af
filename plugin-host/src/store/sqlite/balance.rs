//! The proof that nothing is missing: every accepted message accounted for, in one look.

use plugin_api::TrackingId;
use rusqlite::Connection;

use super::rows::tracking_id;
use crate::store::{Balance, StoreError};

/// How many lost messages are named.
const NAMED: u32 = 20;

/// The newest attempt speaks for its message. What follows from the two together is what `claim`, `recover`, the reconciler and people
/// look for; what none of them would ever find is lost:
///
/// - a waiting message without a time at which it is due (nothing claims it);
/// - one that is being sent, while its newest attempt has ended or is not there (nothing recovers it);
/// - one in doubt, while its newest attempt is not (nobody asks about it).
const FATES: &str = "WITH fates AS (
    SELECT tracking_id, doubled,
        CASE
            WHEN state IN ('queued', 'retry-wait') THEN iif(messages.next_at IS NULL, 'lost', 'waiting')
            WHEN state = 'sending' THEN iif(newest.seq IS NULL OR finished_at IS NOT NULL, 'lost', state)
            WHEN state = 'in-doubt' AND newest.outcome IS NOT 'in-doubt' THEN 'lost'
            WHEN state = 'in-doubt' AND presumed_absent_at IS NOT NULL THEN 'held'
            ELSE state
        END AS fate
    FROM messages LEFT JOIN attempts AS newest ON newest.message = messages.seq AND number = messages.attempts)";

pub(super) fn balance(connection: &Connection) -> Result<Balance, StoreError> {
    let counts = format!(
        "{FATES} SELECT fate, count(*) AS messages, sum(doubled) AS doubled FROM fates GROUP BY fate"
    );
    let mut statement = connection.prepare_cached(&counts)?;
    let mut rows = statement.query([])?;
    let mut balance = Balance::default();
    while let Some(row) = rows.next()? {
        let messages: u64 = row.get("messages")?;
        balance.doubled += row.get::<_, u64>("doubled")?;
        let fate: String = row.get("fate")?;
        *place(&mut balance, &fate) += messages;
        balance.accepted += messages;
    }
    let gone = gone(connection)?;
    balance.accepted += gone;
    balance.lost += gone;
    if balance.lost > gone {
        balance.lost_messages = lost(connection)?;
    }
    Ok(balance)
}

/// A state this version has no word for is one that it never moves.
fn place<'a>(balance: &'a mut Balance, fate: &str) -> &'a mut u64 {
    match fate {
        "sent" => &mut balance.sent,
        "suppressed" => &mut balance.suppressed,
        "rejected" => &mut balance.rejected,
        "cancelled" => &mut balance.cancelled,
        "waiting" => &mut balance.waiting,
        "sending" => &mut balance.sending,
        "in-doubt" => &mut balance.in_doubt,
        "held" => &mut balance.held,
        _ => &mut balance.lost,
    }
}

/// Rows are numbered without gaps and never deleted: a number without a row was a message once.
fn gone(connection: &Connection) -> Result<u64, StoreError> {
    let gone = connection
        .prepare_cached("SELECT coalesce(max(seq), 0) - count(*) FROM messages")?
        .query_row([], |row| row.get(0))?;
    Ok(gone)
}

fn lost(connection: &Connection) -> Result<Vec<TrackingId>, StoreError> {
    let named = format!("{FATES} SELECT tracking_id FROM fates WHERE fate = 'lost' LIMIT {NAMED}");
    let mut statement = connection.prepare_cached(&named)?;
    let rows = statement.query_map([], |row| tracking_id(row, "tracking_id"))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
