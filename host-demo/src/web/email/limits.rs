//! The limits of the sending API. They are Postmark's, so that what this host accepts is what its clients' documentation says.

use plugin_api::Mailbox;
use serde_json::{Map, Value};

use super::written::Header;
use crate::web::PostmarkError;

const MEGABYTE: usize = 1024 * 1024;

/// The body of `/email`, and one message of a batch with its attachments as they are encoded.
pub(crate) const LARGEST_MESSAGE: usize = 10 * MEGABYTE;
/// The body of a batch request.
pub(crate) const LARGEST_BATCH: usize = 50 * MEGABYTE;
/// Messages of one batch request.
pub(crate) const MOST_MESSAGES: usize = 500;

const LARGEST_BODY: usize = 5 * MEGABYTE;
const MOST_RECIPIENTS: usize = 50;
const LONGEST_FROM: usize = 255;
const LONGEST_SUBJECT: usize = 2000;
const LONGEST_TAG: usize = 1000;
const MOST_METADATA: usize = 10;
const LONGEST_KEY: usize = 20;
const LONGEST_VALUE: usize = 80;

/// Lengths are counted in UTF-16 units, as Postmark does.
pub(super) fn lengths(from: &str, subject: &str, tag: Option<&str>) -> Result<(), PostmarkError> {
    let longest = [
        ("From", from, LONGEST_FROM),
        ("Subject", subject, LONGEST_SUBJECT),
        ("Tag", tag.unwrap_or_default(), LONGEST_TAG),
    ];
    for (field, text, most) in longest {
        if text.encode_utf16().count() > most {
            return Err(PostmarkError::invalid(format!(
                "The '{field}' field is limited to {most} characters."
            )));
        }
    }
    Ok(())
}

pub(super) fn recipients(lists: [&[Mailbox]; 3]) -> Result<(), PostmarkError> {
    match lists.iter().map(|list| list.len()).sum() {
        0 => Err(PostmarkError::invalid("Zero recipients specified")),
        1..=MOST_RECIPIENTS => Ok(()),
        found => Err(PostmarkError::invalid(format!(
            "A message may have at most {MOST_RECIPIENTS} recipients in 'To', 'Cc' and 'Bcc' together (found {found})."
        ))),
    }
}

/// Bodies, and the whole message as encoded.
pub(super) fn sizes(html: usize, text: usize, attachments: usize) -> Result<(), PostmarkError> {
    for (field, size) in [("HtmlBody", html), ("TextBody", text)] {
        if size > LARGEST_BODY {
            return Err(PostmarkError::invalid(format!(
                "The '{field}' field is limited to 5 MB."
            )));
        }
    }
    if html + text + attachments > LARGEST_MESSAGE {
        return Err(PostmarkError::invalid(
            "The message with its attachments is limited to 10 MB.",
        ));
    }
    Ok(())
}

pub(super) fn headers(headers: &[Header]) -> Result<(), PostmarkError> {
    let is_name = |name: &str| {
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && byte != b':')
    };
    match headers.iter().position(|header| !is_name(&header.name)) {
        Some(index) => Err(PostmarkError::invalid(format!(
            "Invalid 'Headers[{index}].Name': it must be printable ASCII without spaces and colons."
        ))),
        None => Ok(()),
    }
}

/// The caller's own pairs, as text: numbers and booleans are written out.
pub(super) fn metadata(pairs: Map<String, Value>) -> Result<Vec<(String, String)>, PostmarkError> {
    let invalid =
        |what: String| PostmarkError::invalid(format!("Invalid metadata content. {what}"));
    if pairs.len() > MOST_METADATA {
        let found = pairs.len();
        return Err(invalid(format!(
            "Only {MOST_METADATA} fields are allowed (found {found})."
        )));
    }
    let mut kept: Vec<(String, String)> = Vec::with_capacity(pairs.len());
    for (key, value) in pairs {
        let shown = key.escape_debug();
        let value = match value {
            Value::String(text) => text,
            Value::Number(number) => number.to_string(),
            Value::Bool(answer) => answer.to_string(),
            Value::Null => continue,
            Value::Array(_) | Value::Object(_) => {
                return Err(invalid(format!("Field '{shown}' must be a string.")));
            }
        };
        if key.is_empty() || key.chars().count() > LONGEST_KEY {
            return Err(invalid(format!(
                "Field names are limited to {LONGEST_KEY} characters (found '{shown}')."
            )));
        }
        if value.chars().count() > LONGEST_VALUE {
            return Err(invalid(format!(
                "Field values are limited to {LONGEST_VALUE} characters (see field '{shown}')."
            )));
        }
        if kept
            .iter()
            .any(|(other, _)| other.eq_ignore_ascii_case(&key))
        {
            return Err(invalid(format!(
                "Field names must differ in more than upper and lower case (found '{shown}' twice)."
            )));
        }
        kept.push((key, value));
    }
    Ok(kept)
}
