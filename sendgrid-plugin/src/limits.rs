//! What SendGrid refuses, refused before anything is sent, with the name of the field.
//!
//! A limit of SendGrid's is `Unsupported`: another service may carry the message. Sources: the fact sheet's 1.

use plugin_api::SendError;

use crate::SERVICE;
use crate::message::{File, Letter, Mail, Personalization};

/// A whole request, attachments encoded. The manual says 30 MB; the smaller reading refuses nothing that anybody would notice.
pub(crate) const MAX_REQUEST_BYTES: usize = 30_000_000;
/// To, Cc and Bcc together, of all messages in a request.
pub(crate) const MAX_RECIPIENTS: usize = 1000;
/// Messages of a request.
pub(crate) const MAX_PERSONALIZATIONS: usize = 1000;
const LONGEST_CATEGORY: usize = 255;
/// For everything of a request but bodies, attachments and the messages' own parts.
pub(crate) const ENVELOPE_BYTES: usize = 64 * 1024;

/// Checks a message against every limit that needs no account.
pub(crate) fn check(letter: &Letter<'_>, own: &Personalization<'_>) -> Result<(), SendError> {
    recipients(own)?;
    bodies(letter, own.subject)?;
    attachments(letter)?;
    let is_too_long = |tag: &str| tag.chars().count() > LONGEST_CATEGORY;
    if letter.tag.is_some_and(is_too_long) {
        let problem = format!("is longer than the {LONGEST_CATEGORY} characters SendGrid takes");
        return Err(unsupported("Tag", &problem));
    }
    Ok(())
}

/// Checks what the message comes to, once encoded.
pub(crate) fn check_size(mail: &Mail<'_>) -> Result<(), SendError> {
    let found = mail.bytes();
    if found <= MAX_REQUEST_BYTES {
        return Ok(());
    }
    let problem = format!(
        "and bodies are {found} bytes together, once encoded; SendGrid takes {MAX_REQUEST_BYTES} (30 MB)"
    );
    Err(unsupported("Attachments", &problem))
}

fn recipients(own: &Personalization<'_>) -> Result<(), SendError> {
    match (own.recipients(), own.to.len()) {
        (0, _) => Err(SendError::invalid_field(
            "To",
            "no recipient is left in To, Cc and Bcc",
        )),
        (_, 0) => Err(unsupported(
            "To",
            "is empty; SendGrid takes no message with Cc or Bcc alone",
        )),
        (1..=MAX_RECIPIENTS, _) => Ok(()),
        (found, _) => Err(unsupported(
            "To",
            &format!(
                "has {found} recipients together with Cc and Bcc; SendGrid takes {MAX_RECIPIENTS}"
            ),
        )),
    }
}

fn bodies(letter: &Letter<'_>, subject: &str) -> Result<(), SendError> {
    let has_body = !letter.content.is_empty();
    if letter.is_templated() {
        let problem = "comes with a subject or body of the message's own, which SendGrid does not take beside a template";
        return match has_body || !subject.is_empty() {
            true => Err(unsupported("Template", problem)),
            false => Ok(()),
        };
    }
    if !has_body {
        let problem = "is missing and so is `TextBody`; SendGrid needs one of them";
        return Err(unsupported("HtmlBody", problem));
    }
    if subject.is_empty() {
        return Err(unsupported("Subject", "is empty; SendGrid needs one"));
    }
    Ok(())
}

fn attachments(letter: &Letter<'_>) -> Result<(), SendError> {
    let is_nameless = |file: &File<'_>| file.name.trim().is_empty();
    match letter.attachments.iter().position(is_nameless) {
        Some(place) => Err(unsupported(
            &format!("Attachments[{place}].Name"),
            "is empty; SendGrid needs a file name",
        )),
        None => Ok(()),
    }
}

fn unsupported(field: &str, problem: &str) -> SendError {
    SendError::unsupported(field, format!("{SERVICE}: `{field}` {problem}"))
}
