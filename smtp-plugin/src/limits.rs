//! What this server cannot carry, refused with a clear sentence before it is sent.

use plugin_api::SendError;

use crate::client::Offers;
use crate::message::Email;

/// Checks a message against what the server offers.
pub(crate) fn check(email: &Email, offers: &Offers) -> Result<(), SendError> {
    if email.needs_utf8 && !(offers.utf8 && offers.eight_bit) {
        return Err(SendError::unsupported(
            "smtputf8",
            "smtp: an address has letters outside ASCII before its `@`, and the server does not offer SMTPUTF8 with 8BITMIME",
        ));
    }
    let bytes = email.content.len() as u64;
    match offers.max_size {
        Some(limit) if bytes > limit => Err(SendError::unsupported(
            "max_message_bytes",
            format!("smtp: the message has {bytes} bytes, encoded; the server takes {limit}"),
        )),
        _ => Ok(()),
    }
}
