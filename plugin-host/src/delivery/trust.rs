//! Which lookups may be believed. A search that finds the wrong mail would lose the right one: its message would pass for sent.

use std::collections::BTreeSet;

use plugin_api::Lookup;

use crate::store::{Doubt, Hit};

/// What was found, for whom.
pub(super) fn hits(doubts: &[Doubt], lookups: &[Lookup]) -> Vec<Hit> {
    let found = doubts.iter().zip(lookups).filter_map(|(doubt, lookup)| {
        let Lookup::Found(receipt) = lookup else {
            return None;
        };
        Some(Hit {
            message: doubt.message,
            provider_message_id: receipt.id.to_string(),
        })
    });
    found.collect()
}

/// The lookup, or why it is worth nothing. `of_others`: the hits that belong to another message.
pub(super) fn believed(
    doubt: &Doubt,
    lookup: Lookup,
    account: Option<&str>,
    of_others: &BTreeSet<i64>,
) -> Lookup {
    let is_hit = matches!(lookup, Lookup::Found(_));
    if is_hit && doubt.shared_id {
        return Lookup::unknown(
            "what was found may be the message of another account that has the same TrackingId; a webhook or a person can settle it",
        );
    }
    if is_hit && of_others.contains(&doubt.message) {
        tracing::warn!(
            tracking_id = %doubt.tracking_id,
            provider = doubt.provider,
            "the provider's search gives one mail for several messages; it is not believed",
        );
        return Lookup::unknown("what was found is the mail of another message");
    }
    in_this_account(doubt, account, lookup)
}

/// What a lookup is worth: one in another account proves nothing, and where the attempt's account is not known, only a hit does.
fn in_this_account(doubt: &Doubt, account: Option<&str>, lookup: Lookup) -> Lookup {
    match (&doubt.provider_account, account) {
        (Some(then), Some(now)) if then == now => lookup,
        (Some(_), Some(_)) => {
            Lookup::unknown("the provider's account is another one than at the attempt")
        }
        _ if matches!(lookup, Lookup::Found(_)) => lookup,
        _ => Lookup::unknown(
            "the account of the attempt is not known, so that absence proves nothing",
        ),
    }
}
