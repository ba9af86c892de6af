//! What a person finds in the mailbox: one copy per recipient, with that person's own unsubscribe link.

use serde::Serialize;

/// One delivered copy of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct DeliveredCopy {
    /// The service's id of the message.
    #[serde(rename = "MessageID")]
    pub message_id: String,
    /// The sender's own id, if the message had one.
    pub tracking_id: Option<String>,
    /// The stream it came through; at SendGrid the unsubscribe group, empty without one.
    pub message_stream: String,
    /// The From header, as sent.
    pub from: String,
    /// The To header, as sent.
    pub to: String,
    /// The Cc header, as sent; empty without one. Bcc is never visible.
    pub cc: String,
    /// The Reply-To header, as sent; empty without one.
    pub reply_to: String,
    /// The subject.
    pub subject: String,
    /// When it was accepted, as the service writes times.
    pub received_at: String,
    /// HTML with this recipient's link in it.
    pub html_body: Option<String>,
    /// Text with this recipient's link in it.
    pub text_body: Option<String>,
    /// Further headers: the sender's own and those the service adds (its message id, `List-Unsubscribe`, …).
    pub headers: Vec<DeliveredHeader>,
    /// The attachments.
    pub attachments: Vec<DeliveredAttachment>,
    /// Where this recipient unsubscribes, if the copy has a link or a List-Unsubscribe header of the service.
    pub unsubscribe_url: Option<String>,
}

/// A header of a delivered copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct DeliveredHeader {
    /// Its name as sent.
    pub name: String,
    /// Its value as sent.
    pub value: String,
}

impl DeliveredHeader {
    pub(super) fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
        }
    }
}

/// An attachment of a delivered copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct DeliveredAttachment {
    /// File name.
    pub name: String,
    /// Media type.
    pub content_type: String,
    /// `cid:…` of an inline image.
    #[serde(rename = "ContentID")]
    pub content_id: Option<String>,
    /// Decoded size in bytes.
    pub content_length: usize,
    /// The content, standard base64.
    pub content: String,
}
