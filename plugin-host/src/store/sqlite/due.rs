//! Which messages come first: priority before the rest, and within each the accounts in turn, so that nobody waits behind the import of
//! another account.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::rows::optional_time;
use crate::store::StoreError;

/// So many messages are looked at in one pass, so that it blocks the writer no longer.
pub(super) const LONGEST_LOOK: usize = 5_000;

/// So many accounts have their turn in one pass; those behind them begin the next.
const MOST_ACCOUNTS: usize = 200;

/// What there is to claim, in order.
pub(super) struct Look {
    pub(super) messages: Vec<i64>,
    /// The account after which the next look begins; empty: at the first.
    pub(super) last_account: String,
}

/// Looks at about so many messages that are due, beginning with the accounts after `after_account`.
pub(super) fn look(
    connection: &Connection,
    now: Timestamp,
    after_account: &str,
    length: usize,
) -> Result<Look, StoreError> {
    let urgent = accounts(connection, true, "")?;
    let mut messages = in_turn(connection, now, true, &urgent, length)?;
    let in_line = accounts(connection, false, after_account)?;
    let last_account = in_line.last().filter(|_| in_line.len() == MOST_ACCOUNTS);
    let last_account = last_account.cloned().unwrap_or_default();
    messages.extend(in_turn(connection, now, false, &in_line, length)?);
    Ok(Look {
        messages,
        last_account,
    })
}

/// When the next message becomes due after a moment, if any does.
pub(super) fn next(
    connection: &Connection,
    after: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT min(next_at) AS next_at FROM messages WHERE next_at > ?1")?;
    let due = statement.query_row([after.as_microsecond()], |row| {
        optional_time(row, "next_at")
    });
    Ok(due?)
}

/// Makes everything due that waits on these routes, unless its caller wanted it later.
pub(super) fn make_due(
    connection: &Connection,
    routes: &[String],
    now: Timestamp,
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "UPDATE messages SET next_at = ?1 WHERE next_at > ?1 AND not_before <= ?1
               AND route IN (SELECT value FROM json_each(?2))",
        )?
        .execute(params![
            now.as_microsecond(),
            serde_json::to_string(routes)?
        ])?;
    Ok(())
}

/// Accounts with waiting messages: those after `after`, then from the first again.
fn accounts(
    connection: &Connection,
    priority: bool,
    after: &str,
) -> Result<Vec<String>, StoreError> {
    if after.is_empty() {
        return following(connection, priority, String::new(), MOST_ACCOUNTS);
    }
    let mut found = following(connection, priority, successor(after), MOST_ACCOUNTS)?;
    let from_the_first = following(
        connection,
        priority,
        String::new(),
        MOST_ACCOUNTS - found.len(),
    )?;
    found.extend(
        from_the_first
            .into_iter()
            .filter(|account| account.as_str() <= after),
    );
    Ok(found)
}

/// Accounts from `from` on. Each is found by one step in the index, however many messages the one before it has.
fn following(
    connection: &Connection,
    priority: bool,
    mut from: String,
    limit: usize,
) -> Result<Vec<String>, StoreError> {
    let mut next = connection.prepare_cached(
        "SELECT account FROM messages WHERE next_at IS NOT NULL AND priority = ?1 AND account >= ?2 ORDER BY account LIMIT 1",
    )?;
    let mut found = Vec::new();
    while found.len() < limit {
        let account = next.query_row(params![priority, from], |row| row.get::<_, String>(0));
        let Some(account) = account.optional()? else {
            break;
        };
        from = successor(&account);
        found.push(account);
    }
    Ok(found)
}

/// The first text behind this one.
fn successor(text: &str) -> String {
    format!("{text}\0")
}

/// The first message of each account, then the second of each, and so on.
fn in_turn(
    connection: &Connection,
    now: Timestamp,
    priority: bool,
    accounts: &[String],
    length: usize,
) -> Result<Vec<i64>, StoreError> {
    let each = length.div_ceil(accounts.len().max(1));
    let mut statement = connection.prepare_cached(
        "SELECT seq FROM messages WHERE next_at <= ?1 AND priority = ?2 AND account = ?3 ORDER BY next_at, seq LIMIT ?4",
    )?;
    let mut ranked: Vec<(usize, usize, i64)> = Vec::new();
    for (place, account) in accounts.iter().enumerate() {
        let limit = i64::try_from(each).unwrap_or(i64::MAX);
        let key = params![now.as_microsecond(), priority, account, limit];
        let rows = statement.query_map(key, |row| row.get::<_, i64>(0))?;
        for (turn, message) in rows.enumerate() {
            ranked.push((turn, place, message?));
        }
    }
    ranked.sort_unstable();
    Ok(ranked.into_iter().map(|(_, _, message)| message).collect())
}
