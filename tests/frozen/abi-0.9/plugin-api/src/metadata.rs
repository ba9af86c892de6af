//! The names under which a message's four ids travel as metadata of the service, beside the caller's own pairs, and come back in webhooks
//! and searches.

/// Our own id of the message; [`Message::tracking_id`](crate::Message::tracking_id). Always sent.
pub const TRACKING_ID: &str = "TrackingId";
/// The CRM's account; [`Message::account_uid`](crate::Message::account_uid). Comes back as [`Event::account_uid`](crate::Event::account_uid).
pub const ACCOUNT_UID: &str = "AccountUID";
/// The CRM's lead; [`Message::lead_uid`](crate::Message::lead_uid).
pub const LEAD_UID: &str = "LeadUID";
/// The CRM's user; [`Message::user_account_uid`](crate::Message::user_account_uid).
pub const USER_ACCOUNT_UID: &str = "UserAccountUID";
