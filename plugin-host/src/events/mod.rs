//! What happens to messages after they left: webhooks in, a status per recipient, and the feed the CRM reads.

mod timeline;

pub use timeline::{RecipientStatus, StatusSince, UnknownStatus, status_of};
