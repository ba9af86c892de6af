//! The rules a message has to keep, in the order the fact sheet proposes: addresses, recipients, body, limits, attachments.
//! Texts that no source gives are of our making; they always name the field.

use super::address::{Mailbox, parse_list};
use super::answer::ApiError;
use super::attachment::attachment;
use super::content::{Content, Written};
use super::message::{Draft, Header};

const MEGABYTE: usize = 1024 * 1024;
/// `POST /email` and one message of a batch, measured on the encoded bytes.
pub(super) const LARGEST_MESSAGE: usize = 10 * MEGABYTE;
/// The body of a batch request is at most 50 MB, which the front already enforces.
pub(super) const LARGEST_BATCH: &str = "50 MB";
const LARGEST_BODY: usize = 5 * MEGABYTE;
const MOST_RECIPIENTS: usize = 50;

/// Checks a message whose template, if any, is already rendered into it.
pub(super) fn check(draft: Draft, body_required: bool) -> Result<Content, ApiError> {
    let from = sender(&draft.from)?;
    let to = parse_list("To", draft.to.as_deref().unwrap_or_default())?;
    let cc = parse_list("Cc", &draft.cc)?;
    let bcc = parse_list("Bcc", &draft.bcc)?;
    parse_list("Reply-To", &draft.reply_to)?;
    count_recipients(to.len() + cc.len() + bcc.len())?;
    if body_required && draft.html.is_none() && draft.text.is_none() {
        return Err(ApiError::invalid_email(
            "Provide either email TextBody or HtmlBody or both.",
        ));
    }
    check_sizes(&draft)?;
    check_headers(&draft.headers)?;
    check_metadata(&draft.metadata)?;
    check_track_links(draft.track_links.as_deref())?;
    let attachments = draft
        .attachments
        .into_iter()
        .map(attachment)
        .collect::<Result<_, _>>()?;
    Ok(Content {
        from,
        to,
        cc,
        bcc,
        written: Written {
            from: draft.from,
            to: draft.to,
            cc: draft.cc,
            reply_to: draft.reply_to,
        },
        subject: draft.subject,
        tag: draft.tag,
        html: draft.html,
        text: draft.text,
        headers: draft.headers,
        metadata: draft.metadata,
        attachments,
        track_opens: draft.track_opens,
        track_links: draft.track_links,
        stream: draft.stream,
    })
}

/// Of several senders Postmark takes the first.
fn sender(text: &str) -> Result<Mailbox, ApiError> {
    if text.encode_utf16().count() > 255 {
        return Err(ApiError::invalid_email(
            "The 'From' field is limited to 255 characters.",
        ));
    }
    let first = parse_list("From", text)?.into_iter().next();
    first.ok_or_else(|| ApiError::invalid_email("Invalid 'From' address: ''."))
}

fn count_recipients(count: usize) -> Result<(), ApiError> {
    match count {
        0 => Err(ApiError::invalid_email("Zero recipients specified")),
        1..=MOST_RECIPIENTS => Ok(()),
        _ => Err(ApiError::invalid_email(format!(
            "You may only send to {MOST_RECIPIENTS} recipients in 'To', 'Cc' and 'Bcc' together (found {count})."
        ))),
    }
}

fn check_sizes(draft: &Draft) -> Result<(), ApiError> {
    let limit = |field: &str, what: &str| {
        Err(ApiError::invalid_email(format!(
            "The '{field}' field is limited to {what}."
        )))
    };
    if draft.subject.encode_utf16().count() > 2000 {
        return limit("Subject", "2000 characters");
    }
    if draft.subject.contains(['\r', '\n']) {
        return Err(ApiError::invalid_email(
            "The 'Subject' field must not contain line breaks.",
        ));
    }
    if draft
        .tag
        .as_deref()
        .is_some_and(|tag| tag.chars().count() > 1000)
    {
        return limit("Tag", "1000 characters");
    }
    let length = |body: &Option<String>| body.as_ref().map_or(0, String::len);
    let (html, text) = (length(&draft.html), length(&draft.text));
    if html > LARGEST_BODY {
        return limit("HtmlBody", "5 MB");
    }
    if text > LARGEST_BODY {
        return limit("TextBody", "5 MB");
    }
    let encoded: usize = draft.attachments.iter().map(|it| length(&it.content)).sum();
    match html + text + encoded > LARGEST_MESSAGE {
        true => Err(ApiError::invalid_email(
            "The message with its attachments is limited to 10 MB.",
        )),
        false => Ok(()),
    }
}

fn check_headers(headers: &[Header]) -> Result<(), ApiError> {
    let is_name =
        |name: &str| !name.is_empty() && name.bytes().all(|it| it.is_ascii_graphic() && it != b':');
    let wrong = headers
        .iter()
        .find(|it| !is_name(&it.name) || it.value.contains(['\r', '\n', '\0']));
    match wrong {
        Some(header) => Err(ApiError::invalid_email(format!(
            "Invalid header '{}'.",
            header.name.escape_default()
        ))),
        None => Ok(()),
    }
}

fn check_metadata(metadata: &[(String, String)]) -> Result<(), ApiError> {
    let invalid = |what: String| {
        Err(ApiError::invalid_email(format!(
            "Invalid metadata content. {what}"
        )))
    };
    if metadata.len() > 10 {
        return invalid(format!(
            "Only 10 fields are allowed (found {}).",
            metadata.len()
        ));
    }
    for (at, (key, value)) in metadata.iter().enumerate() {
        if key.is_empty() || key.chars().count() > 20 {
            return invalid(format!(
                "Field names are limited to 20 characters, found '{key}'."
            ));
        }
        if value.chars().count() > 80 {
            return invalid(format!(
                "Field values are limited to 80 characters, see field '{key}'."
            ));
        }
        if metadata[..at]
            .iter()
            .any(|(earlier, _)| earlier.eq_ignore_ascii_case(key))
        {
            return invalid(format!(
                "Field names must be unique ignoring case, found '{key}' twice."
            ));
        }
    }
    Ok(())
}

fn check_track_links(value: Option<&str>) -> Result<(), ApiError> {
    match value {
        None | Some("None" | "HtmlAndText" | "HtmlOnly" | "TextOnly") => Ok(()),
        Some(other) => Err(ApiError::invalid_email(format!(
            "Invalid 'TrackLinks' value '{other}'. Use 'None', 'HtmlAndText', 'HtmlOnly' or 'TextOnly'."
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn refusal(change: Value) -> ApiError {
        let mut message =
            json!({ "From": "a@example.com", "To": "b@example.com", "TextBody": "hello" });
        for (key, value) in change.as_object().unwrap() {
            message[key] = value.clone();
        }
        check(Draft::plain(message).unwrap(), true).unwrap_err()
    }

    #[test]
    fn every_limit_refuses_with_300_and_names_the_field() {
        let keys: Value = (0..11)
            .map(|it| (format!("k{it}"), json!("v")))
            .collect::<serde_json::Map<_, _>>()
            .into();
        let many = vec!["x@example.com"; 50].join(",");
        for (change, text) in [
            (json!({ "From": "" }), "Invalid 'From'"),
            (
                json!({ "From": format!("{} <a@example.com>", "n".repeat(250)) }),
                "255",
            ),
            (json!({ "To": "" }), "Zero recipients specified"),
            (json!({ "Cc": many }), "50 recipients"),
            (
                json!({ "TextBody": "" }),
                "Provide either email TextBody or HtmlBody or both.",
            ),
            (json!({ "Subject": "😀".repeat(1001) }), "'Subject'"),
            (json!({ "Subject": "a\r\nBcc: x@example.com" }), "'Subject'"),
            (json!({ "Tag": "t".repeat(1001) }), "'Tag'"),
            (
                json!({ "HtmlBody": "h".repeat(LARGEST_BODY + 1) }),
                "'HtmlBody'",
            ),
            (
                json!({ "TextBody": "h".repeat(LARGEST_BODY + 1) }),
                "'TextBody'",
            ),
            (
                json!({ "Headers": [{ "Name": "X-A", "Value": "1\r\n2" }] }),
                "X-A",
            ),
            (
                json!({ "Headers": [{ "Name": "", "Value": "1" }] }),
                "header",
            ),
            (
                json!({ "Metadata": keys }),
                "Invalid metadata content. Only 10",
            ),
            (
                json!({ "Metadata": { "a23456789012345678901": "" } }),
                "Invalid metadata content. Field names are limited",
            ),
            (
                json!({ "Metadata": { "k": "v".repeat(81) } }),
                "Invalid metadata content. Field values",
            ),
            (
                json!({ "Metadata": { "k": "1", "K": "2" } }),
                "Invalid metadata content. Field names must be unique",
            ),
            (json!({ "TrackLinks": "Always" }), "'TrackLinks'"),
            (json!({ "Attachments": [{ "Content": "" }] }), "'Name'"),
            (
                json!({ "Attachments": [{ "Name": "a.txt", "Content": "%%" }] }),
                "'a.txt'",
            ),
        ] {
            let error = refusal(change);
            assert_eq!(error.code, 300, "{}", error.message);
            assert!(error.message.contains(text), "{}", error.message);
        }
    }

    #[test]
    fn an_item_over_ten_megabytes_is_refused_by_its_encoded_size() {
        let content = "A".repeat(LARGEST_MESSAGE);
        let error = refusal(json!({ "Attachments": [{ "Name": "a.txt", "Content": content }] }));
        assert!(
            error.code == 300 && error.message.contains("10 MB"),
            "{error:?}"
        );
    }
}
