//! What the end of a call means: one table from the kinds of send errors to what the host does next.

use std::time::Duration;

use jiff::Timestamp;
use plugin_api::{Receipt, RecipientOutcome, SendError, SendErrorKind};

use super::{Backoff, Marks, MessageState};
use crate::compliance::ContactAddress;
use crate::routing::{InDoubtPolicy, Outcome};
use crate::store::{Claimed, DueRecipient, Interrupted, RecipientChange, Settlement};

/// What a call came to.
pub(super) type Answer = Result<Receipt, SendError>;

/// What the table needs beside the answer, the same for all messages of a call: those that failed together come back together, as a batch
/// again. `draw` (0 to 1) is the randomness of backoff, which keeps calls apart.
#[derive(Clone, Copy)]
pub(super) struct Circumstances {
    pub now: Timestamp,
    pub backoff: Backoff,
    pub draw: f64,
}

impl Circumstances {
    /// When the provider may be asked again after so many attempts, and not before it `asked` to be.
    fn again_at(&self, attempts: u32, asked: Option<Duration>) -> Timestamp {
        later(self.now, self.backoff.wait(attempts, asked, self.draw))
    }
}

/// The settlement of an attempt from its answer. Pure.
pub(super) fn settlement(
    claimed: &Claimed,
    answer: &Answer,
    policy: InDoubtPolicy,
    around: Circumstances,
) -> Settlement {
    let base = Settlement {
        state: MessageState::RetryWait,
        ..Settlement::about(claimed.due.message, claimed.attempt, around.now)
    };
    match answer {
        Ok(receipt) => sent(base, claimed, receipt),
        Err(error) => {
            let base = Settlement {
                provider_code: error.provider_code.clone(),
                detail: Some(words(error)),
                reason: Some(error.message.clone()),
                ..base
            };
            failed(base, claimed, error, policy, around)
        }
    }
}

/// The settlement of an attempt whose call never began: nothing left, and the provider is not to blame.
pub(super) fn not_called(claimed: &Claimed, why: &str, around: Circumstances) -> Settlement {
    Settlement {
        state: MessageState::RetryWait,
        next_at: Some(around.again_at(claimed.number, None)),
        next: "again later: the provider was not called".to_owned(),
        reason: Some(why.to_owned()),
        detail: Some(why.to_owned()),
        ..Settlement::about(claimed.due.message, claimed.attempt, around.now)
    }
}

/// The settlement of an attempt that an earlier run left unfinished. Pure.
///
/// Without a mark the provider was never called, so the message is where it was before the claim; otherwise nobody knows.
pub(crate) fn interrupted(
    one: &Interrupted,
    marks: &Marks,
    now: Timestamp,
    policy: InDoubtPolicy,
) -> Settlement {
    let base = Settlement::about(one.message, one.attempt, now);
    if marks.never_called(one) {
        return Settlement {
            state: MessageState::Queued,
            next_at: Some(now),
            next: "again at once: the host stopped before the provider was called".to_owned(),
            detail: Some("the host stopped before the provider was called".to_owned()),
            ..base
        };
    }
    let reason = "the host stopped in the middle of the call";
    let base = Settlement {
        reason: Some(reason.to_owned()),
        detail: Some(reason.to_owned()),
        ..base
    };
    doubt(base, policy)
}

fn sent(base: Settlement, claimed: &Claimed, receipt: &Receipt) -> Settlement {
    let recipients = attempted(claimed).map(|recipient| {
        let key = ContactAddress::of(&recipient.address);
        let own = receipt
            .recipients
            .iter()
            .find(|result| ContactAddress::of(&result.address) == key);
        let status = match own.map(|result| result.outcome) {
            Some(RecipientOutcome::Suppressed) => "suppressed",
            Some(RecipientOutcome::Rejected) => "rejected",
            _ => "sent",
        };
        RecipientChange {
            position: recipient.position,
            status,
            reason: (status != "sent").then(|| receipt.note.clone()).flatten(),
        }
    });
    Settlement {
        outcome: Some(Outcome::Sent),
        state: MessageState::Sent,
        next: "nothing: accepted".to_owned(),
        provider_message_id: Some(receipt.id.to_string()),
        detail: receipt.note.clone(),
        recipients: recipients.collect(),
        duplicates: receipt.duplicates.iter().map(ToString::to_string).collect(),
        ..base
    }
}

/// The table.
fn failed(
    base: Settlement,
    claimed: &Claimed,
    error: &SendError,
    policy: InDoubtPolicy,
    around: Circumstances,
) -> Settlement {
    let again_at = |asked| Some(around.again_at(claimed.number, asked));
    match &error.kind {
        SendErrorKind::InvalidMessage { .. } => invalid(base, claimed, &error.message),
        SendErrorKind::RecipientSuppressed { addresses } => {
            suppressed(base, claimed, addresses, &error.message)
        }
        SendErrorKind::ProviderRefused { .. } => Settlement {
            next: "the next provider in line, or this one when it has rested".to_owned(),
            ..elsewhere(base, Outcome::ProviderRefused, again_at(None))
        },
        SendErrorKind::Throttled { retry_after } => {
            elsewhere(base, Outcome::Throttled, again_at(*retry_after))
        }
        SendErrorKind::Unavailable => elsewhere(base, Outcome::Unavailable, again_at(None)),
        SendErrorKind::Unsupported { .. } => Settlement {
            next: "another provider, if one can carry it".to_owned(),
            ..elsewhere(base, Outcome::Unsupported, None)
        },
        // In doubt, and what a newer contract may add.
        _ => doubt(base, policy),
    }
}

/// Certainly not accepted: the next in line may have the message now, this provider at `again_at` or never.
fn elsewhere(base: Settlement, outcome: Outcome, again_at: Option<Timestamp>) -> Settlement {
    Settlement {
        outcome: Some(outcome),
        next_at: Some(base.at),
        again_at,
        next: "the next provider in line, or this one later".to_owned(),
        ..base
    }
}

fn invalid(base: Settlement, claimed: &Claimed, why: &str) -> Settlement {
    Settlement {
        outcome: Some(Outcome::InvalidMessage),
        state: MessageState::Rejected,
        next: "nothing: every provider would refuse it".to_owned(),
        recipients: attempted(claimed)
            .map(|recipient| change(recipient, "rejected", why))
            .collect(),
        ..base
    }
}

/// Nobody knows. Only a route that says so sends again without evidence.
fn doubt(base: Settlement, policy: InDoubtPolicy) -> Settlement {
    if policy == InDoubtPolicy::AtLeastOnce {
        return Settlement {
            outcome: Some(Outcome::InDoubt),
            state: MessageState::RetryWait,
            next_at: Some(base.at),
            again_at: Some(base.at),
            next: "again at once: the route asks for at-least-once, so a second mail is possible"
                .to_owned(),
            ..base
        };
    }
    Settlement {
        outcome: Some(Outcome::InDoubt),
        state: MessageState::InDoubt,
        next: "wait for evidence: a late answer, a webhook, a search at the provider".to_owned(),
        ..base
    }
}

/// Final for those the service named; for recipients it did not name, nobody knows.
fn suppressed(base: Settlement, claimed: &Claimed, addresses: &[String], why: &str) -> Settlement {
    let named: Vec<ContactAddress> = addresses
        .iter()
        .map(|address| ContactAddress::of(address))
        .collect();
    let is_named =
        |recipient: &&DueRecipient| named.contains(&ContactAddress::of(&recipient.address));
    let recipients: Vec<RecipientChange> = attempted(claimed)
        .filter(is_named)
        .map(|recipient| change(recipient, "suppressed", why))
        .collect();
    let everybody = recipients.len() == attempted(claimed).count();
    let (outcome, state, next) = if everybody {
        (
            Outcome::RecipientSuppressed,
            MessageState::Suppressed,
            "nothing: the service will not mail these people",
        )
    } else {
        (
            Outcome::InDoubt,
            MessageState::InDoubt,
            "wait for evidence about the recipients the service did not name",
        )
    };
    Settlement {
        outcome: Some(outcome),
        state,
        next: next.to_owned(),
        recipients,
        ..base
    }
}

fn attempted(claimed: &Claimed) -> impl Iterator<Item = &DueRecipient> {
    let masked = &claimed.plan.masked;
    claimed
        .due
        .recipients
        .iter()
        .filter(|recipient| !masked.contains(&recipient.position))
}

fn change(recipient: &DueRecipient, status: &'static str, why: &str) -> RecipientChange {
    RecipientChange {
        position: recipient.position,
        status,
        reason: Some(why.to_owned()),
    }
}

/// The error and everything below it, on one line.
fn words(error: &SendError) -> String {
    match &error.cause {
        Some(cause) => format!("{}: {cause}", error.message),
        None => error.message.clone(),
    }
}

pub(super) fn later(now: Timestamp, wait: Duration) -> Timestamp {
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}
