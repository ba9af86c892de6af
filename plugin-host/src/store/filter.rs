//! How messages are named and searched.

use jiff::Timestamp;
use plugin_api::TrackingId;

use super::MessageSummary;
use crate::delivery::MessageState;

/// Names a message.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MessageKey {
    /// The account it belongs to; `None`: the only one that has a message of this id. Where several have, the answer is
    /// [`StoreError::Ambiguous`](super::StoreError::Ambiguous).
    pub account: Option<String>,
    /// Its id.
    pub tracking_id: TrackingId,
}

impl MessageKey {
    /// A message of whichever account has it.
    pub fn any(tracking_id: TrackingId) -> Self {
        Self {
            account: None,
            tracking_id,
        }
    }
}

/// Which messages to list; every condition that is set must hold. Texts are compared as a whole, addresses ignoring letter case.
#[derive(Debug, Clone, Default)]
pub struct MessageFilter {
    /// With this id; several accounts may have one.
    pub tracking_id: Option<TrackingId>,
    /// Of this account.
    pub account: Option<String>,
    /// With this recipient in To, Cc or Bcc.
    pub recipient: Option<String>,
    /// With this in From; a part of it is enough.
    pub from: Option<String>,
    /// With this tag.
    pub tag: Option<String>,
    /// With this subject (a part of it is enough).
    pub subject: Option<String>,
    /// In one of these states; empty: any.
    pub states: Vec<MessageState>,
    /// Accepted at or after.
    pub from_date: Option<Timestamp>,
    /// Accepted before.
    pub to_date: Option<Timestamp>,
    /// On this stream.
    pub stream: Option<String>,
    /// With a stream: also those that name none.
    pub or_no_stream: bool,
    /// With this metadata pair; the key ignores letter case.
    pub metadata: Option<(String, String)>,
    /// For this lead.
    pub lead: Option<String>,
    /// So many at the most.
    pub count: u32,
    /// After leaving out so many.
    pub offset: u32,
}

/// One page of a search, newest first.
#[derive(Debug, Clone)]
pub struct MessagePage {
    /// How many messages fit, on all pages.
    pub total: u64,
    /// Those of this page.
    pub messages: Vec<MessageSummary>,
}
