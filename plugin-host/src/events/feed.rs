//! The feed: what the CRM reads to learn of every status and every flag, in the order in which they were recorded.
//!
//! One row is written in the transaction that made the change, so the feed never says more or less than the record. Its form as
//! JSON is documented at [`FeedEvent`](crate::FeedEvent).

use std::fmt;

use jiff::Timestamp;
use serde::Serialize;

use crate::compliance::FlagReason;

/// A flag was set.
pub(crate) const CONTACT_FLAGGED: &str = "contact.flagged";

/// A flag was taken back; `flags` of the entry names those that still stand.
pub(crate) const CONTACT_UNFLAGGED: &str = "contact.unflagged";

/// What an entry is about. Each kind fills what it knows.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct FeedBody {
    /// The account; absent for a flag that holds in every account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) account: Option<String>,
    /// The message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tracking_id: Option<String>,
    /// The lead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) lead: Option<String>,
    /// The address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) recipient: Option<String>,
    /// When it happened, by the clock of whoever reported it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) occurred_at: Option<Timestamp>,
    /// The provider's configured name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) provider: Option<String>,
    /// The provider's id of the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) provider_message_id: Option<String>,
    /// One sentence or word: why a message ended, or a flag's reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    /// The reasons for which the contact stays flagged after this change; absent: none, or no contact.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) flags: Vec<FlagReason>,
}

/// An entry holds somebody's address: `Debug` leaves it out.
impl fmt::Debug for FeedBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FeedBody")
            .field("account", &self.account)
            .field("tracking_id", &self.tracking_id)
            .field("lead", &self.lead)
            .field("reason", &self.reason)
            .field("flags", &self.flags)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_flat_json_without_empty_fields() {
        let body = FeedBody {
            account: Some("A".to_owned()),
            flags: vec![FlagReason::HardBounce],
            ..FeedBody::default()
        };
        let json = serde_json::to_string(&body).unwrap();
        assert_eq!(json, r#"{"account":"A","flags":["hard-bounce"]}"#);
    }
}
