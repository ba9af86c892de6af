//! What a message says, after it passed the rules.

use super::address::Mailbox;
use super::attachment::Attachment;
use super::message::Header;

/// A message that keeps all rules that need no look at the account.
#[derive(Debug)]
pub(super) struct Content {
    pub(super) from: Mailbox,
    pub(super) to: Vec<Mailbox>,
    pub(super) cc: Vec<Mailbox>,
    pub(super) bcc: Vec<Mailbox>,
    /// The header lines as they were written.
    pub(super) written: Written,
    pub(super) subject: String,
    pub(super) tag: Option<String>,
    pub(super) html: Option<String>,
    pub(super) text: Option<String>,
    pub(super) headers: Vec<Header>,
    pub(super) metadata: Vec<(String, String)>,
    pub(super) attachments: Vec<Attachment>,
    pub(super) track_opens: bool,
    pub(super) track_links: Option<String>,
    pub(super) stream: String,
}

#[derive(Debug)]
pub(super) struct Written {
    pub(super) from: String,
    pub(super) to: Option<String>,
    pub(super) cc: String,
    pub(super) reply_to: String,
}

impl Content {
    /// To, Cc and Bcc, in this order.
    pub(super) fn recipients(&self) -> impl Iterator<Item = &Mailbox> {
        self.to.iter().chain(&self.cc).chain(&self.bcc)
    }

    /// The sender's own id, in whatever letter case its key is written.
    pub(super) fn tracking_id(&self) -> Option<&str> {
        self.metadata
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case("TrackingId"))
            .map(|(_, value)| value.as_str())
    }
}
