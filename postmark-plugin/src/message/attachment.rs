//! A file in Postmark's JSON.

use base64::display::Base64Display;
use base64::engine::general_purpose::STANDARD;
use plugin_api::Attachment;
use serde::{Serialize, Serializer};

/// What Postmark does with a file that names no type is not documented.
const UNKNOWN_TYPE: &str = "application/octet-stream";

/// An attachment; its content is encoded while it is written.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct File<'a> {
    pub(crate) name: &'a str,
    content_type: &'a str,
    #[serde(serialize_with = "base64")]
    pub(crate) content: &'a [u8],
    #[serde(rename = "ContentID", skip_serializing_if = "Option::is_none")]
    content_id: Option<String>,
}

impl<'a> File<'a> {
    pub(super) fn of(attachment: &'a Attachment) -> Self {
        let kind = attachment.content_type().trim();
        Self {
            name: attachment.name(),
            content_type: if kind.is_empty() { UNKNOWN_TYPE } else { kind },
            content: attachment.content(),
            content_id: attachment.content_id().map(|id| format!("cid:{id}")),
        }
    }

    /// Bytes of the content once encoded.
    pub(crate) fn encoded_len(&self) -> usize {
        self.content.len().div_ceil(3) * 4
    }
}

fn base64<S: Serializer>(content: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&Base64Display::new(content, &STANDARD))
}
