//! Metadata: the caller's pairs and the CRM's four ids share Postmark's ten places.
//!
//! The TrackingId is never left out: it is how a message is found again. When places are short, the user's id goes first, then the
//! lead's, then the account's; the host knows all three by the TrackingId.

use std::borrow::Cow;

use plugin_api::{KeyValue, Message, SendError, metadata};
use serde::{Serialize, Serializer};

/// Source of the three limits: Postmark's FAQ on custom metadata.
const PLACES: usize = 10;
const LONGEST_KEY: usize = 20;
const LONGEST_VALUE: usize = 80;

/// The pairs that are sent.
pub(super) struct Metadata<'a>(Vec<(&'a str, Cow<'a, str>)>);

impl<'a> Metadata<'a> {
    pub(super) fn of(message: &'a Message) -> Result<Self, SendError> {
        let ids = ids(message);
        let callers = callers_pairs(message, &ids)?;
        let places = PLACES
            .checked_sub(callers.len())
            .filter(|places| *places > 0)
            .ok_or_else(|| unsupported("Metadata", &format!(
                "has {} pairs; Postmark takes {PLACES}, and one place is needed for the TrackingId",
                callers.len()
            )))?;
        let (kept, left_out) = ids.split_at(places.min(ids.len()));
        if !left_out.is_empty() {
            let names: Vec<&str> = left_out.iter().map(|(name, _)| *name).collect();
            tracing::warn!(
                tracking_id = %message.tracking_id(),
                left_out = names.join(", "),
                "metadata has {PLACES} places at Postmark, and the message's own pairs take most of them"
            );
        }
        for (name, value) in kept {
            check_value(name, value)?;
        }
        let callers = callers
            .into_iter()
            .map(|(key, value)| (key, Cow::Borrowed(value)));
        Ok(Self(kept.iter().cloned().chain(callers).collect()))
    }
}

/// The ids the message has, the one that gives way first at the end.
fn ids(message: &Message) -> Vec<(&'static str, Cow<'_, str>)> {
    let tracking_id = message.tracking_id().to_string();
    let others = [
        (metadata::ACCOUNT_UID, message.account_uid()),
        (metadata::LEAD_UID, message.lead_uid()),
        (metadata::USER_ACCOUNT_UID, message.user_account_uid()),
    ];
    let others = others.into_iter().filter_map(|(name, id)| {
        let id = id.filter(|id| !id.is_empty())?;
        Some((name, Cow::Borrowed(id)))
    });
    std::iter::once((metadata::TRACKING_ID, Cow::Owned(tracking_id)))
        .chain(others)
        .collect()
}

/// The caller's own pairs, checked, without those that repeat one of the ids.
fn callers_pairs<'a>(
    message: &'a Message,
    ids: &[(&str, Cow<'_, str>)],
) -> Result<Vec<KeyValue<'a>>, SendError> {
    let mut pairs: Vec<KeyValue<'_>> = Vec::new();
    for (place, (key, value)) in message.metadata().enumerate() {
        if ids.iter().any(|(id, _)| id.eq_ignore_ascii_case(key)) {
            continue;
        }
        let field = |part| format!("Metadata[{place}].{part}");
        if key.is_empty() {
            return Err(SendError::invalid_field(
                field("Name"),
                "is empty; expected a name",
            ));
        }
        if key.chars().count() > LONGEST_KEY {
            let problem = format!("is longer than the {LONGEST_KEY} characters Postmark takes");
            return Err(unsupported(&field("Name"), &problem));
        }
        if pairs
            .iter()
            .any(|(earlier, _)| earlier.eq_ignore_ascii_case(key))
        {
            let problem = "equals an earlier name but for letter case, which Postmark refuses";
            return Err(unsupported(&field("Name"), problem));
        }
        check_value(&field("Value"), value)?;
        pairs.push((key, value));
    }
    Ok(pairs)
}

fn check_value(field: &str, value: &str) -> Result<(), SendError> {
    if value.chars().count() <= LONGEST_VALUE {
        return Ok(());
    }
    let problem =
        format!("is longer than the {LONGEST_VALUE} characters Postmark takes in metadata");
    Err(unsupported(field, &problem))
}

fn unsupported(field: &str, problem: &str) -> SendError {
    SendError::unsupported(field, format!("postmark: `{field}` {problem}"))
}

impl Serialize for Metadata<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}
