//! Claiming: for each message that is due, the gate, the decision and the attempt, in one transaction.

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::rows::{get_time, kind, optional_time, tracking_id};
use super::{SqliteStore, accept, due, gate, moves};
use crate::compliance::GateVerdict;
use crate::delivery::MessageState;
use crate::routing::Outcome;
use crate::store::{
    Claim, ClaimPass, ClaimPlan, Claimed, Due, DueRecipient, EarlierAttempt, NewAttempt, Outbox,
    Planner, Results as _, StoreError,
};

/// So many messages are put off or ended in one pass. When a provider's rest is over, a whole backlog is looked at again; whoever wants to
/// write meanwhile has its turn in between.
const MOST_MOVES: usize = 500;

/// How long a message waits whose record cannot be read.
const UNREADABLE_WAITS: std::time::Duration = std::time::Duration::from_secs(60);

#[async_trait]
impl Outbox for SqliteStore {
    async fn claim(&self, claim: Claim, mut plan: Planner) -> Result<ClaimPass, StoreError> {
        let epoch = self.epoch();
        self.write(move |connection| claim_due(connection, epoch, &claim, &mut plan))
            .await
    }

    async fn make_due(&self, routes: Vec<String>, now: Timestamp) -> Result<(), StoreError> {
        self.write(move |connection| due::make_due(connection, &routes, now))
            .await
    }

    async fn contents(&self, messages: Vec<i64>) -> Vec<Result<plugin_api::Message, StoreError>> {
        let wanted = messages.len();
        let read = self.read(move |connection| {
            let load = |message| accept::load(connection, message);
            Ok(messages.into_iter().map(load).collect::<Vec<_>>())
        });
        read.await
            .unwrap_or_else(|error| std::iter::repeat_n(Err(error), wanted).collect())
    }
}

/// Looks no further than there is room, unless what stands there is all for providers that have none.
fn claim_due(
    connection: &Connection,
    epoch: i64,
    claim: &Claim,
    plan: &mut Planner,
) -> Result<ClaimPass, StoreError> {
    let near = claim.limit.saturating_mul(2).min(due::LONGEST_LOOK);
    let look = |length| due::look(connection, claim.now, &claim.after_account, length);
    let first = look(near)?;
    let is_all = first.messages.len() < near;
    let mut pass = claim_from(connection, epoch, claim, plan, first)?;
    if !is_all && pass.is_idle() {
        pass = claim_from(connection, epoch, claim, plan, look(due::LONGEST_LOOK)?)?;
    }
    if pass.is_idle() {
        pass.next_due = due::next(connection, claim.now)?;
    }
    Ok(pass)
}

fn claim_from(
    connection: &Connection,
    epoch: i64,
    claim: &Claim,
    plan: &mut Planner,
    look: due::Look,
) -> Result<ClaimPass, StoreError> {
    let mut pass = ClaimPass {
        after_account: look.last_account,
        ..ClaimPass::default()
    };
    for message in look.messages {
        if pass.claimed.len() >= claim.limit || pass.moved >= MOST_MOVES {
            break;
        }
        let due = match load_due(connection, message) {
            Ok(due) => due,
            Err(error) => {
                put_off(connection, message, &error, claim.now)?;
                pass.moved += 1;
                continue;
            }
        };
        match decide(&due, plan) {
            ClaimPlan::Skip => {}
            ClaimPlan::Stop => break,
            ClaimPlan::Attempt(attempt) => {
                gate::leave_out(connection, message, &due.gate, &due.recipients, claim.now)?;
                let claimed = record(connection, epoch, claim.now, due, *attempt)?;
                gate::tell_waivers(connection, &claimed)?;
                pass.claimed.push(claimed);
            }
            ClaimPlan::Wait { until, reason } => {
                moves::wait(connection, message, until, &reason)?;
                pass.moved += 1;
            }
            ClaimPlan::End { state, reason } => {
                gate::leave_out(connection, message, &due.gate, &due.recipients, claim.now)?;
                moves::finish(connection, message, state, &reason, claim.now)?;
                pass.moved += 1;
            }
        }
    }
    Ok(pass)
}

/// The gate comes before the plan.
fn decide(due: &Due, plan: &mut Planner) -> ClaimPlan {
    match &due.gate {
        GateVerdict::Stop { .. } => ClaimPlan::End {
            state: MessageState::Suppressed,
            reason: due.gate.to_string(),
        },
        GateVerdict::Pass { .. } => plan(due),
    }
}

/// A row that cannot be read holds up nobody but its own message.
fn put_off(
    connection: &Connection,
    message: i64,
    error: &StoreError,
    now: Timestamp,
) -> Result<(), StoreError> {
    tracing::error!(message, %error, "a message that is due cannot be read; it waits");
    let until = now.checked_add(UNREADABLE_WAITS).unwrap_or(Timestamp::MAX);
    moves::wait(
        connection,
        message,
        until,
        &format!("its record cannot be read: {error}"),
    )
}

fn load_due(connection: &Connection, message: i64) -> Result<Due, StoreError> {
    let recipients = recipients(connection, message)?;
    let mut statement = connection.prepare_cached(
        "SELECT tracking_id, account, lead, tag, stream, sender, messages.route AS route, size, priority, templated, not_before,
            essential, attempts, exact_states.state AS exact
         FROM messages LEFT JOIN exact_states ON exact_states.route = messages.route
         WHERE seq = ?1",
    )?;
    let (mut due, essential, attempted) = statement.query_row([message], |row| {
        let exact: Option<String> = row.get("exact")?;
        let due = Due {
            message,
            tracking_id: tracking_id(row, "tracking_id")?,
            account: row.get("account")?,
            lead: row.get("lead")?,
            tag: row.get("tag")?,
            stream: row.get("stream")?,
            sender: row.get("sender")?,
            route: row.get("route")?,
            size: row.get("size")?,
            priority: row.get("priority")?,
            templated: row.get("templated")?,
            not_before: get_time(row, "not_before")?,
            recipients,
            gate: GateVerdict::Pass {
                masked: Vec::new(),
                waived: Vec::new(),
            },
            attempts: Vec::new(),
            exact: exact.and_then(|json| serde_json::from_str(&json).ok()),
        };
        Ok((due, row.get("essential")?, row.get::<_, i64>("attempts")?))
    })?;
    if attempted > 0 {
        due.attempts = attempts(connection, message)?;
    }
    due.gate = gate::ask(
        connection,
        &due.account,
        due.lead.as_deref(),
        &due.recipients,
        essential,
    )?;
    Ok(due)
}

fn recipients(connection: &Connection, message: i64) -> Result<Vec<DueRecipient>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT position, kind, address, status FROM recipients WHERE message = ?1 ORDER BY position",
    )?;
    let rows = statement.query_map([message], |row| {
        Ok(DueRecipient {
            position: row.get("position")?,
            kind: kind(&row.get::<_, String>("kind")?),
            address: row.get("address")?,
            settled: row.get::<_, Option<String>>("status")?.is_some(),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The attempts of a message that waits. A doubt among them was overruled, or the message would not wait: it is no obstacle.
fn attempts(connection: &Connection, message: i64) -> Result<Vec<EarlierAttempt>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT provider, outcome, next_at, detail FROM attempts WHERE message = ?1 ORDER BY number",
    )?;
    let rows = statement.query_map([message], |row| {
        Ok(EarlierAttempt {
            provider: row.get("provider")?,
            outcome: row
                .get::<_, Option<String>>("outcome")?
                .as_deref()
                .and_then(outcome)
                .filter(|outcome| *outcome != Outcome::InDoubt),
            again_at: optional_time(row, "next_at")?,
            words: row.get("detail")?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// An outcome's word; words that are no outcome (`not-called`, `presumed-absent`) leave the attempt without one.
fn outcome(word: &str) -> Option<Outcome> {
    serde_json::from_value(serde_json::Value::from(word)).ok()
}

fn record(
    connection: &Connection,
    epoch: i64,
    claimed_at: Timestamp,
    due: Due,
    plan: NewAttempt,
) -> Result<Claimed, StoreError> {
    let number = u32::try_from(due.attempts.len())
        .unwrap_or(u32::MAX)
        .saturating_add(1);
    let micros =
        |duration: std::time::Duration| i64::try_from(duration.as_micros()).unwrap_or(i64::MAX / 4);
    let now = claimed_at.as_microsecond();
    connection
        .prepare_cached(
            "INSERT INTO attempts (message, number, provider, plugin_name, plugin_version, plugin_hash, provider_account, stream, masked,
                decision, epoch, claimed_at, soft_deadline, hard_deadline)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        )?
        .execute(params![
            due.message,
            number,
            plan.provider,
            plan.plugin_name,
            plan.plugin_version,
            plan.plugin_hash,
            plan.provider_account,
            due.stream,
            serde_json::to_string(&plan.masked)?,
            serde_json::to_string(&plan.decision)?,
            epoch,
            now,
            now.saturating_add(micros(plan.soft)),
            now.saturating_add(micros(plan.hard)),
        ])?;
    let attempt = connection.last_insert_rowid();
    connection
        .prepare_cached(
            "UPDATE messages SET state = 'sending', state_since = ?2, next_at = NULL, attempts = ?3, provider = ?4, reason = NULL WHERE seq = ?1",
        )?
        .execute(params![due.message, now, number, plan.provider])?;
    if let Some(exact) = &plan.decision.exact_after {
        connection
            .prepare_cached(
                "INSERT INTO exact_states (route, state) VALUES (?1, ?2) ON CONFLICT (route) DO UPDATE SET state = excluded.state",
            )?
            .execute(params![due.route, serde_json::to_string(exact)?])?;
    }
    Ok(Claimed {
        attempt,
        number,
        claimed_at,
        due,
        plan,
    })
}
