//! Whom an attempt is for, and whom not.

use crate::compliance::{GateVerdict, RecipientKind};
use crate::routing::{AddressKey, RoutingInput};
use crate::store::{Due, DueRecipient};

/// Whether nobody is left whom a call could be for. It needs somebody in To (or, where there is no To, anybody) who is neither left out nor
/// settled: a call for nobody, or for onlookers alone, is none.
pub(super) fn nobody_left(due: &Due) -> bool {
    let masked = masked(due);
    let has_to = due.recipients.iter().any(is_in_to);
    let is_left =
        |one: &DueRecipient| !masked.contains(&one.position) && (!has_to || is_in_to(one));
    !due.recipients.iter().any(is_left)
}

fn is_in_to(recipient: &DueRecipient) -> bool {
    recipient.kind == RecipientKind::To
}

/// Recipients this attempt is not for: stopped by the gate now, or settled by an earlier attempt.
pub(super) fn masked(due: &Due) -> Vec<u32> {
    let settled = due
        .recipients
        .iter()
        .filter(|one| one.settled)
        .map(|one| one.position);
    let mut masked: Vec<u32> = settled.chain(due.gate.masked_positions()).collect();
    masked.sort_unstable();
    masked.dedup();
    masked
}

pub(super) fn routing_input(due: &Due) -> RoutingInput {
    let GateVerdict::Pass { .. } = &due.gate else {
        return RoutingInput::default();
    };
    let masked = masked(due);
    let to = due.recipients.iter().find(|one| is_in_to(one));
    RoutingInput {
        tag: due.tag.clone(),
        stream: due.stream.clone(),
        account: (!due.account.is_empty()).then(|| due.account.clone()),
        recipient_domains: due
            .recipients
            .iter()
            .filter(|one| !masked.contains(&one.position))
            .filter_map(|one| {
                one.address
                    .rsplit_once('@')
                    .map(|(_, domain)| domain.to_owned())
            })
            .collect(),
        lead: due.lead.clone(),
        first_to: to.map(|one| AddressKey::of(&one.address)),
        tracking_id: due.tracking_id.to_string(),
    }
}
