//! Attachments: forbidden kinds, and content decoded once.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::answer::ApiError;
use super::message::AttachmentDraft;

/// Name extensions Postmark refuses to send.
const FORBIDDEN_EXTENSIONS: [&str; 31] = [
    "vbs", "exe", "bin", "bat", "chm", "com", "cpl", "crt", "hlp", "hta", "inf", "ins", "isp",
    "jse", "lnk", "mdb", "pcd", "pif", "reg", "scr", "sct", "shs", "vbe", "vba", "wsf", "wsh",
    "wsl", "msc", "msi", "msp", "mst",
];

#[derive(Debug)]
pub(super) struct Attachment {
    pub(super) name: String,
    pub(super) content_type: String,
    pub(super) content_id: Option<String>,
    pub(super) content: Vec<u8>,
}

/// Checks and decodes an attachment.
pub(super) fn attachment(draft: AttachmentDraft) -> Result<Attachment, ApiError> {
    let name = draft.name.unwrap_or_default();
    if name.is_empty() {
        return Err(ApiError::invalid_email("Every attachment needs a 'Name'."));
    }
    let extension = name
        .rsplit_once('.')
        .map(|(_, extension)| extension.to_ascii_lowercase())
        .unwrap_or_default();
    if !extension.is_empty() && FORBIDDEN_EXTENSIONS.contains(&extension.as_str()) {
        let what = format!("Attachment '{name}' has the forbidden extension '{extension}'.");
        return Err(ApiError::unprocessable(411, what));
    }
    let encoded = draft.content.unwrap_or_default();
    let content = STANDARD
        .decode(
            encoded
                .bytes()
                .filter(|it| !it.is_ascii_whitespace())
                .collect::<Vec<_>>(),
        )
        .map_err(|_| {
            ApiError::invalid_email(format!(
                "The 'Content' of attachment '{name}' is not valid base64."
            ))
        })?;
    let content_type = draft
        .content_type
        .unwrap_or_else(|| "application/octet-stream".into());
    Ok(Attachment {
        name,
        content_type,
        content_id: draft.content_id,
        content,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> Result<Attachment, ApiError> {
        attachment(AttachmentDraft {
            name: Some(name.into()),
            content: Some("aGk=".into()),
            content_type: None,
            content_id: None,
        })
    }

    #[test]
    fn forbidden_extensions_are_411_in_any_letter_case() {
        assert_eq!(named("run.ExE").unwrap_err().code, 411);
        assert!(named("exe").is_ok());
        assert_eq!(named("fine.zip").unwrap().content, b"hi");
    }
}
