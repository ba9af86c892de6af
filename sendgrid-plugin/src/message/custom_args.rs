//! Metadata: the CRM's four ids, and the caller's own pairs, as SendGrid's custom arguments.
//!
//! SendGrid puts them beside its own keys at the top level of every event. The ids' names are none of SendGrid's; the caller's pairs get a
//! prefix, so that a pair named `status` or `email` cannot pass for SendGrid's.

use std::borrow::Cow;

use plugin_api::{Message, SendError, metadata};
use serde::{Serialize, Serializer};

use crate::SERVICE;

/// All names and values together. Source: SendGrid's OpenAPI file.
const MAX_BYTES: usize = 10_000;
const PREFIX: &str = "metadata_";

/// The pairs that are sent.
pub(super) struct CustomArgs<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'a> CustomArgs<'a> {
    pub(super) fn of(message: &'a Message) -> Result<Self, SendError> {
        let mut pairs = ids(message);
        for (place, (key, value)) in message.metadata().enumerate() {
            if IDS.iter().any(|id| id.eq_ignore_ascii_case(key)) {
                continue;
            }
            if key.is_empty() {
                let field = format!("Metadata[{place}].Name");
                return Err(SendError::invalid_field(field, "is empty; expected a name"));
            }
            pairs.push((format!("{PREFIX}{key}").into(), value.into()));
        }
        let bytes: usize = pairs
            .iter()
            .map(|(key, value)| key.len() + value.len())
            .sum();
        if bytes > MAX_BYTES {
            let problem =
                format!("`Metadata` has {bytes} bytes with the ids; SendGrid takes {MAX_BYTES}");
            return Err(SendError::unsupported(
                "Metadata",
                format!("{SERVICE}: {problem}"),
            ));
        }
        Ok(Self(pairs))
    }
}

const IDS: [&str; 4] = [
    metadata::TRACKING_ID,
    metadata::ACCOUNT_UID,
    metadata::LEAD_UID,
    metadata::USER_ACCOUNT_UID,
];

/// The ids the message has.
fn ids(message: &Message) -> Vec<(Cow<'_, str>, Cow<'_, str>)> {
    let tracking_id = message.tracking_id().to_string();
    let others = [
        (metadata::ACCOUNT_UID, message.account_uid()),
        (metadata::LEAD_UID, message.lead_uid()),
        (metadata::USER_ACCOUNT_UID, message.user_account_uid()),
    ];
    let others = others.into_iter().filter_map(|(name, id)| {
        let id = id.filter(|id| !id.is_empty())?;
        Some((Cow::Borrowed(name), Cow::Borrowed(id)))
    });
    std::iter::once((
        Cow::Borrowed(metadata::TRACKING_ID),
        Cow::Owned(tracking_id),
    ))
    .chain(others)
    .collect()
}

impl Serialize for CustomArgs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}
