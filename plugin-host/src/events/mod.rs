//! What happens to messages after they left: webhooks in, a status per recipient, and the feed the CRM reads.
//!
//! `timeline`, `kind` and `incoming` are arithmetic; `reader` lets a plugin read a request without trusting it to come back, and
//! `inbox` puts them together.

mod feed;
mod inbox;
mod incoming;
mod kind;
mod reader;
mod timeline;

pub use inbox::{WebhookAnswer, WebhookFault};
pub use timeline::{RecipientStatus, StatusSince, UnknownStatus, status_of};

pub(crate) use feed::{CONTACT_FLAGGED, CONTACT_UNFLAGGED, FeedBody};
pub(crate) use inbox::Inbox;
pub(crate) use incoming::without_secrets;
pub(crate) use kind::{kind_of, proves_acceptance, word_of};
pub(crate) use reader::{Reader, Reading};

#[cfg(test)]
mod tests;
