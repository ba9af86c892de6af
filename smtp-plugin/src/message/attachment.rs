//! A file as a part of MIME, in base64.

use lettre::message::header::{ContentTransferEncoding, ContentType};
use lettre::message::{Attachment as Part, Body, SinglePart};
use plugin_api::{Attachment, SendError};

const UNKNOWN_TYPE: &str = "application/octet-stream";

/// The part for the file at this place of the message's list.
pub(super) fn part(place: usize, file: &Attachment) -> Result<SinglePart, SendError> {
    let field = format!("Attachments[{place}].ContentType");
    let unsupported =
        |problem: &str| SendError::unsupported(&field, format!("smtp: `{field}` {problem}"));
    let name = match file.content_type().trim() {
        "" => UNKNOWN_TYPE,
        name => name,
    };
    let lower = name.to_ascii_lowercase();
    if lower.starts_with("multipart/") || lower.starts_with("message/") {
        return Err(unsupported(
            "is of a kind that MIME does not let travel in base64 (RFC 2046); attach it as `application/octet-stream`",
        ));
    }
    let kind = ContentType::parse(name)
        .map_err(|_| unsupported("is no media type; expected one such as `application/pdf`"))?;
    let content = Body::new_with_encoding(file.content().to_vec(), ContentTransferEncoding::Base64);
    let content = content.map_err(|_| unsupported("has content that base64 cannot hold"))?;
    let named = !file.name().is_empty();
    let part = match (file.content_id(), named) {
        (Some(id), true) => Part::new_inline_with_name(id.to_owned(), file.name().to_owned()),
        (Some(id), false) => Part::new_inline(id.to_owned()),
        (None, _) => Part::new(file.name().to_owned()),
    };
    Ok(part.body(content, kind))
}
