//! What a provider's answer about a doubt comes to. Pure.

use jiff::Timestamp;
use plugin_api::{Lookup, Receipt};

use super::absence::{Absence, ReconcileConfig, absence};
use crate::delivery::MessageState;
use crate::routing::{InDoubtPolicy, Outcome};
use crate::store::{Asked, Doubt, LookupAnswer, Settlement};

/// What is to be recorded.
#[derive(Debug)]
pub(super) struct Heard {
    pub(super) asked: Asked,
    pub(super) settlement: Option<Settlement>,
}

/// What follows from a lookup.
pub(super) fn hear(
    doubt: &Doubt,
    lookup: &Lookup,
    policy: InDoubtPolicy,
    now: Timestamp,
    config: &ReconcileConfig,
) -> Heard {
    let about = Settlement::about(doubt.message, doubt.attempt, now);
    let (answer, settlement) = match lookup {
        Lookup::Found(receipt) => (LookupAnswer::Nothing, Some(found(about, receipt))),
        Lookup::Absent { indexed_through } => match absence(doubt, *indexed_through, now, config) {
            Absence::Open => (LookupAnswer::Nothing, None),
            Absence::Counts => (LookupAnswer::CountsAsAbsent, None),
            Absence::Presumed => (
                LookupAnswer::PresumedAbsent,
                Some(presumed_absent(about, policy)),
            ),
        },
        _ => (LookupAnswer::Nothing, None),
    };
    let asked = Asked {
        attempt: doubt.attempt,
        at: now,
        answer,
    };
    Heard { asked, settlement }
}

fn found(about: Settlement, receipt: &Receipt) -> Settlement {
    Settlement {
        outcome: Some(Outcome::Sent),
        state: MessageState::Sent,
        next: "nothing: found at the provider".to_owned(),
        provider_message_id: Some(receipt.id.to_string()),
        duplicates: receipt.duplicates.iter().map(ToString::to_string).collect(),
        ..about
    }
}

/// The route says whether a person decides or the message is sent again. A held message stays in doubt: a late hit still settles it.
fn presumed_absent(about: Settlement, policy: InDoubtPolicy) -> Settlement {
    match policy {
        InDoubtPolicy::Hold => Settlement {
            outcome: Some(Outcome::InDoubt),
            state: MessageState::InDoubt,
            next: "held: presumed absent at the provider, a person decides".to_owned(),
            reason: Some(
                "presumed absent at the provider; held for a person (`messages resolve`)"
                    .to_owned(),
            ),
            ..about
        },
        InDoubtPolicy::Resend | InDoubtPolicy::AtLeastOnce => Settlement {
            state: MessageState::RetryWait,
            next_at: Some(about.at),
            again_at: Some(about.at),
            next: "again: presumed absent at the provider".to_owned(),
            reason: Some("presumed absent at the provider; sent again".to_owned()),
            ..about
        },
    }
}
