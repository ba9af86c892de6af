//! What a recipient does with a delivered message, on request: tests play the person.

use serde::Deserialize;
use thiserror::Error;

/// One act of one recipient. As JSON, for `POST /_control/events`:
/// `{"message_id": "…", "recipient": "ann@example.com", "action": "click", "link": "https://example.com/"}`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Trigger {
    /// The service's message id, or the sender's TrackingId (the newest message under it).
    #[serde(alias = "tracking_id")]
    pub message_id: String,
    /// The bare address of the person; without one, the message's first recipient.
    #[serde(default)]
    pub recipient: Option<String>,
    /// What the person does.
    #[serde(flatten)]
    pub action: RecipientAction,
}

/// The things a recipient, or the recipient's mail server, can do after delivery.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "action", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum RecipientAction {
    /// Opens the message; needs an HTML body and open tracking.
    Open,
    /// Follows a link; needs link tracking.
    Click {
        /// The link as it was in the body; without one, the first http link of the body.
        #[serde(default)]
        link: Option<String>,
    },
    /// Reports spam.
    Complain,
    /// The mail server sends it back after all.
    Bounce {
        /// Kind by the service's name, e.g. `HardBounce` or `soft_bounce`; without one, a hard bounce.
        #[serde(default, rename = "type")]
        kind: Option<String>,
    },
    /// Confirms on the unsubscribe page.
    Unsubscribe,
    /// Changes its mind on the same page.
    Resubscribe,
}

/// Why nobody could do that.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TriggerError {
    /// No such message was accepted.
    #[error("no accepted message has the id `{0}`; ids are in GET /ledger")]
    UnknownMessage(String),
    /// The message did not go to this address.
    #[error("the message was not delivered to that recipient; its recipients are in GET /ledger")]
    NotARecipient,
    /// The service would not have noticed.
    #[error("{0}")]
    NotTracked(&'static str),
}
