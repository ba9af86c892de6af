//! The gate inside a transaction: the flags that stand for a message's lead and recipients.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::moves;
use super::rows::{parsed, time};
use super::timeline::{self, Note};
use crate::compliance::{ActiveFlag, GateRecipient, GateVerdict, StopCause, gate};
use crate::store::{Claimed, DueRecipient, StoreError};
use crate::{ContactAddress, FlagReason};

/// What the gate says of a message now, reading from the transaction at hand.
pub(super) fn ask(
    connection: &Connection,
    account: &str,
    lead: Option<&str>,
    recipients: &[DueRecipient],
    essential: bool,
) -> Result<GateVerdict, StoreError> {
    let lead = match lead {
        Some(lead) => standing(connection, account, "lead", lead)?,
        None => Vec::new(),
    };
    let recipients = recipients
        .iter()
        .filter(|recipient| !recipient.settled)
        .map(|recipient| {
            let key = ContactAddress::of(&recipient.address);
            Ok(GateRecipient {
                position: recipient.position,
                kind: recipient.kind,
                flags: standing(connection, account, "address", key.as_str())?,
            })
        })
        .collect::<Result<Vec<_>, StoreError>>()?;
    Ok(gate(&lead, &recipients, essential))
}

/// The reason of recipients who are left out.
pub(super) const LEFT_OUT: &str = "Do Not Contact";

/// Writes down who is left out: everybody, when it is the lead who asked not to be contacted.
pub(super) fn leave_out(
    connection: &Connection,
    message: i64,
    verdict: &GateVerdict,
    recipients: &[DueRecipient],
    at: Timestamp,
) -> Result<(), StoreError> {
    let by_lead = matches!(
        verdict,
        GateVerdict::Stop {
            cause: StopCause::LeadFlagged { .. },
            ..
        }
    );
    let masked: Vec<u32> = verdict.masked_positions().collect();
    let left_out = recipients.iter().map(|one| one.position);
    for position in left_out.filter(|position| by_lead || masked.contains(position)) {
        moves::recipient(
            connection,
            message,
            position,
            "suppressed",
            Some(LEFT_OUT),
            at,
        )?;
    }
    Ok(())
}

/// Writes into the timeline which unsubscribes an essential message passed in this attempt, each with its evidence.
pub(super) fn tell_waivers(connection: &Connection, claimed: &Claimed) -> Result<(), StoreError> {
    let GateVerdict::Pass { waived, .. } = &claimed.due.gate else {
        return Ok(());
    };
    for one in waived {
        let whose = one.position.map_or("the lead".to_owned(), |position| {
            format!("recipient {}", position + 1)
        });
        let line = Note {
            message: claimed.due.message,
            key: format!("waiver for {whose} in attempt {}", claimed.attempt),
            kind: "waived",
            at: claimed.claimed_at,
            detail: format!(
                "essential: attempt {} passes the unsubscribe of {whose} ({}; flag {})",
                claimed.number, one.flag, one.flag.evidence
            ),
        };
        timeline::note(connection, &line)?;
    }
    Ok(())
}

fn standing(
    connection: &Connection,
    account: &str,
    subject: &str,
    key: &str,
) -> Result<Vec<ActiveFlag>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT reason, at, evidence FROM do_not_contact
         WHERE subject = ?1 AND subject_key = ?2 AND +scope IN (?3, '*') AND suppress = 1",
    )?;
    let flags = statement.query_map(params![subject, key, account], |row| {
        Ok(ActiveFlag {
            reason: parsed(row, "reason", str::parse::<FlagReason>)?,
            since: time(row.get("at")?),
            evidence: row.get("evidence")?,
        })
    })?;
    Ok(flags.collect::<Result<_, _>>()?)
}
