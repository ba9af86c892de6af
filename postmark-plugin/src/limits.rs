//! What Postmark refuses, refused before anything is sent, with the name of the field.
//!
//! A limit of Postmark's is `Unsupported`: another service may carry the message. Where sources leave open what is counted, the more
//! generous reading is checked here and the service has the last word. Sources: the fact sheet's 2.1 to 2.4.

use plugin_api::SendError;

use crate::message::{Email, Header};

const MEGABYTE: usize = 1024 * 1024;
/// One message, attachments encoded.
pub(crate) const MAX_MESSAGE_BYTES: usize = 10 * MEGABYTE;
/// To, Cc and Bcc together.
pub(crate) const MAX_RECIPIENTS: usize = 50;
const MAX_BODY_BYTES: usize = 5 * MEGABYTE;
/// These three in UTF-16 units.
const LONGEST_FROM: usize = 255;
const LONGEST_SUBJECT: usize = 2000;
const LONGEST_TAG: usize = 1000;

/// Name extensions refused with 411. Source: "Send email with API", attachments.
const FORBIDDEN_EXTENSIONS: [&str; 31] = [
    "vbs", "exe", "bin", "bat", "chm", "com", "cpl", "crt", "hlp", "hta", "inf", "ins", "isp",
    "jse", "lnk", "mdb", "pcd", "pif", "reg", "scr", "sct", "shs", "vbe", "vba", "wsf", "wsh",
    "wsl", "msc", "msi", "msp", "mst",
];

/// Headers that Postmark writes itself, from other fields. It publishes no list; this is what its Ruby client holds back.
const FORBIDDEN_HEADERS: [&str; 18] = [
    "return-path",
    "x-pm-rcpt",
    "from",
    "reply-to",
    "sender",
    "received",
    "date",
    "content-type",
    "cc",
    "bcc",
    "subject",
    "tag",
    "attachment",
    "to",
    "track-opens",
    "track-links",
    "postmark-template-alias",
    "message-stream",
];

/// Checks a message against every limit that needs no account.
pub(crate) fn check(email: &Email<'_>) -> Result<(), SendError> {
    recipients(email)?;
    longest("From", &email.from.to_string(), LONGEST_FROM)?;
    longest("Subject", email.subject, LONGEST_SUBJECT)?;
    longest("Tag", email.tag.unwrap_or_default(), LONGEST_TAG)?;
    bodies(email)?;
    headers(&email.headers)?;
    attachments(email)?;
    size(email)
}

fn recipients(email: &Email<'_>) -> Result<(), SendError> {
    match email.to.len() + email.cc.len() + email.bcc.len() {
        0 => Err(SendError::invalid_field(
            "To",
            "no recipient is left in To, Cc and Bcc",
        )),
        1..=MAX_RECIPIENTS => Ok(()),
        found => Err(unsupported(
            "To",
            &format!(
                "has {found} recipients together with Cc and Bcc; Postmark takes {MAX_RECIPIENTS}"
            ),
        )),
    }
}

fn longest(field: &str, text: &str, limit: usize) -> Result<(), SendError> {
    // Counting is needed only where the bytes alone do not settle it.
    if text.len() <= limit || text.encode_utf16().count() <= limit {
        return Ok(());
    }
    let problem = format!("is longer than the {limit} characters Postmark takes");
    Err(unsupported(field, &problem))
}

fn bodies(email: &Email<'_>) -> Result<(), SendError> {
    let bodies = [
        ("HtmlBody", &email.html_body),
        ("TextBody", &email.text_body),
    ];
    let (is_templated, has_body) = (
        email.is_templated(),
        bodies.iter().any(|(_, body)| body.is_some()),
    );
    if is_templated && (has_body || !email.subject.is_empty()) {
        let problem = "comes with a subject or body of the message's own, which Postmark does not take beside a template";
        return Err(unsupported("Template", problem));
    }
    if !is_templated && !has_body {
        return Err(unsupported(
            "HtmlBody",
            "is missing and so is `TextBody`; Postmark needs one of them",
        ));
    }
    for (field, body) in bodies {
        if body
            .as_ref()
            .is_some_and(|body| body.len() > MAX_BODY_BYTES)
        {
            return Err(unsupported(field, "is larger than the 5 MB Postmark takes"));
        }
    }
    Ok(())
}

fn headers(headers: &[Header<'_>]) -> Result<(), SendError> {
    for (place, header) in headers.iter().enumerate() {
        let field = format!("Headers[{place}].Name");
        let is_name = |name: &str| {
            !name.is_empty()
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_graphic() && byte != b':')
        };
        if !is_name(header.name) {
            return Err(SendError::invalid_field(
                field,
                "is no header's name; expected visible ASCII characters without a colon",
            ));
        }
        if FORBIDDEN_HEADERS
            .iter()
            .any(|name| name.eq_ignore_ascii_case(header.name))
        {
            let problem = format!(
                "is `{}`, which Postmark sets itself; use the message's own field for it",
                header.name
            );
            return Err(unsupported(&field, &problem));
        }
    }
    Ok(())
}

fn attachments(email: &Email<'_>) -> Result<(), SendError> {
    for (place, file) in email.attachments.iter().enumerate() {
        let field = format!("Attachments[{place}].Name");
        if file.name.trim().is_empty() {
            return Err(unsupported(&field, "is empty; Postmark needs a file name"));
        }
        // Mail programs ignore dots and spaces at the end of a name, so they hide no extension here.
        let name = file.name.trim_end_matches(['.', ' ']);
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
        if FORBIDDEN_EXTENSIONS
            .iter()
            .any(|it| it.eq_ignore_ascii_case(extension))
        {
            let extension = extension.to_ascii_lowercase();
            let problem = format!("ends in `.{extension}`, a type Postmark does not send");
            return Err(unsupported(&field, &problem));
        }
    }
    Ok(())
}

fn size(email: &Email<'_>) -> Result<(), SendError> {
    let found = email.content_len();
    if found <= MAX_MESSAGE_BYTES {
        return Ok(());
    }
    let problem = format!(
        "and bodies are {found} bytes together, once encoded; Postmark takes {MAX_MESSAGE_BYTES} (10 MB)"
    );
    Err(unsupported("Attachments", &problem))
}

fn unsupported(field: &str, problem: &str) -> SendError {
    SendError::unsupported(field, format!("postmark: `{field}` {problem}"))
}
