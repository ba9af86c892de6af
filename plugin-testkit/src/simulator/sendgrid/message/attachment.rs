//! Attachments.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Reader;

#[derive(Clone, Debug)]
pub(in crate::simulator::sendgrid) struct Attachment {
    pub(in crate::simulator::sendgrid) name: String,
    pub(in crate::simulator::sendgrid) content_type: String,
    pub(in crate::simulator::sendgrid) content: Vec<u8>,
    /// Of an inline one.
    pub(in crate::simulator::sendgrid) content_id: Option<String>,
}

impl Attachment {
    pub(super) fn list(place: &Reader<'_>) -> Vec<Self> {
        place.items().iter().filter_map(Self::read).collect()
    }

    fn read(place: &Reader<'_>) -> Option<Self> {
        let (name, content, kind) = (place.at("filename"), place.at("content"), place.at("type"));
        let required = "must be a string at least one character in length.";
        let filled = |field: &Reader<'_>, what: &str| {
            let text = field.text().filter(|text| !text.is_empty());
            if text.is_none() {
                field.refuse(format!("The attachment {what} {required}"));
            }
            text.map(str::to_owned)
        };
        let name = filled(&name, "filename");
        let encoded = filled(&content, "content")?;
        let decoded = STANDARD.decode(encoded);
        if decoded.is_err() {
            content.refuse("The attachment content must be base64 encoded.");
        }
        let content_type = kind.text().unwrap_or("application/octet-stream");
        if content_type.contains([';', '\r', '\n']) {
            kind.refuse("The attachment type cannot contain ';', or CRLF characters.");
        }
        check_disposition(&place.at("disposition"));
        Some(Self {
            name: name?,
            content_type: content_type.to_owned(),
            content: decoded.ok()?,
            content_id: place.at("content_id").text().map(str::to_owned),
        })
    }
}

fn check_disposition(place: &Reader<'_>) {
    if !matches!(place.text(), None | Some("attachment" | "inline")) {
        place.refuse("The disposition of an attachment must be 'inline' or 'attachment'.");
    }
}
