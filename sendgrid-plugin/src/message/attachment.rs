//! A file in SendGrid's JSON.

use base64::display::Base64Display;
use base64::engine::general_purpose::STANDARD;
use plugin_api::Attachment;
use serde::{Serialize, Serializer};

/// What SendGrid does with a file that names no type is not documented.
const UNKNOWN_TYPE: &str = "application/octet-stream";

/// An attachment; its content is encoded while it is written.
#[derive(Serialize, PartialEq)]
pub(crate) struct File<'a> {
    #[serde(serialize_with = "base64")]
    content: &'a [u8],
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(rename = "filename")]
    pub(crate) name: &'a str,
    disposition: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_id: Option<&'a str>,
}

impl<'a> File<'a> {
    pub(super) fn of(attachment: &'a Attachment) -> Self {
        let kind = attachment.content_type().trim();
        let content_id = attachment.content_id();
        Self {
            content: attachment.content(),
            kind: if kind.is_empty() { UNKNOWN_TYPE } else { kind },
            name: attachment.name(),
            disposition: match content_id {
                Some(_) => "inline",
                None => "attachment",
            },
            content_id,
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
