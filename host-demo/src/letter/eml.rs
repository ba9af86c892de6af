//! An RFC 5322 message as the JSON of the sending API.
//!
//! The headers with which mail programs steer Postmark over SMTP mean the same here: `X-PM-Tag`, `X-PM-Message-Stream`,
//! `X-PM-TrackOpens`, `X-PM-TrackLinks`, and `X-PM-Metadata-NAME` (also for `LeadUID`, `AccountUID`, `TrackingId`).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mail_parser::{
    Addr, Address, Header, HeaderName, HeaderValue, MessageParser, MessagePart, MimeHeaders as _,
};
use plugin_api::Mailbox;
use serde_json::{Map, Value, json};

/// Written by whoever transports the message, or said in another way.
const LEFT_OUT: [&str; 13] = [
    "received",
    "return-path",
    "delivered-to",
    "dkim-signature",
    "authentication-results",
    "arc-seal",
    "arc-message-signature",
    "arc-authentication-results",
    "sender",
    "subject",
    "message-id",
    "mime-version",
    "x-pm-keepid",
];

/// Reads the bytes of an `.eml` file.
///
/// # Errors
/// A sentence, when they are no message or hold an address that is none.
pub(super) fn read(bytes: &[u8]) -> Result<Map<String, Value>, String> {
    let mail = MessageParser::default()
        .parse(bytes)
        .filter(|mail| mail.from().is_some())
        .ok_or(
            "is no mail message: expected headers with at least `From:`, an empty line, and a body",
        )?;
    let mut letter = Map::new();
    for (field, people) in [
        ("From", mail.from()),
        ("To", mail.to()),
        ("Cc", mail.cc()),
        ("Bcc", mail.bcc()),
        ("ReplyTo", mail.reply_to()),
    ] {
        if let Some(people) = people {
            letter.insert(field.to_owned(), written(field, people)?.into());
        }
    }
    letter.insert(
        "Subject".to_owned(),
        mail.subject().unwrap_or_default().into(),
    );
    let html = mail.html_bodies().find(|part| part.is_text_html());
    let text = mail
        .text_bodies()
        .find(|part| part.is_text() && !part.is_text_html());
    for (field, part) in [("HtmlBody", html), ("TextBody", text)] {
        if let Some(body) = part.and_then(MessagePart::text_contents) {
            letter.insert(field.to_owned(), body.into());
        }
    }
    letter.insert(
        "Attachments".to_owned(),
        mail.attachments().enumerate().map(attachment).collect(),
    );
    for header in mail.headers() {
        add_header(&mut letter, header);
    }
    Ok(letter)
}

fn written(field: &str, people: &Address<'_>) -> Result<String, String> {
    let mailboxes: Vec<String> = people
        .iter()
        .map(|person| mailbox(person).map(|it| it.to_string()))
        .collect::<Option<_>>()
        .ok_or_else(|| format!("header `{field}` holds something that is no mail address"))?;
    Ok(mailboxes.join(", "))
}

fn mailbox(person: &Addr<'_>) -> Option<Mailbox> {
    let mailbox = Mailbox::new(person.address()?).ok()?;
    mailbox.named(person.name().unwrap_or_default()).ok()
}

fn attachment((index, part): (usize, &MessagePart<'_>)) -> Value {
    let kind = part.content_type().map_or_else(
        || "application/octet-stream".to_owned(),
        |kind| match kind.subtype() {
            Some(subtype) => format!("{}/{subtype}", kind.ctype()),
            None => kind.ctype().to_owned(),
        },
    );
    let name = part
        .attachment_name()
        .map_or_else(|| format!("attachment-{}", index + 1), ToOwned::to_owned);
    json!({
        "Name": name,
        "Content": STANDARD.encode(part.contents()),
        "ContentType": kind,
        "ContentID": part.content_id(),
    })
}

/// What a header says to the sending API, beside what has a field of its own.
fn add_header(letter: &mut Map<String, Value>, header: &Header<'_>) {
    let Some(text) = text_of(header) else {
        return;
    };
    let name = header.name();
    if let Some(key) = metadata_key(name) {
        let pairs = letter.entry("Metadata").or_insert_with(|| json!({}));
        pairs[key] = text.into();
        return;
    }
    let (field, value) = match name.to_ascii_lowercase().as_str() {
        "x-pm-tag" => ("Tag", text.into()),
        "x-pm-message-stream" => ("MessageStream", text.into()),
        "x-pm-trackopens" | "x-pm-track-opens" => {
            ("TrackOpens", text.eq_ignore_ascii_case("true").into())
        }
        "x-pm-tracklinks" | "x-pm-track-links" => ("TrackLinks", text.into()),
        lower if header.name.is_mime_header() || LEFT_OUT.contains(&lower) => return,
        _ => {
            let headers = letter.entry("Headers").or_insert_with(|| json!([]));
            if let Value::Array(headers) = headers {
                headers.push(json!({ "Name": name, "Value": text }));
            }
            return;
        }
    };
    letter.insert(field.to_owned(), value);
}

fn text_of(header: &Header<'_>) -> Option<String> {
    let is_ids = matches!(header.name, HeaderName::References | HeaderName::InReplyTo);
    let in_brackets = |id: &str| {
        if is_ids {
            format!("<{id}>")
        } else {
            id.to_owned()
        }
    };
    match &header.value {
        HeaderValue::Text(text) => Some(in_brackets(text)),
        HeaderValue::TextList(list) => {
            let texts: Vec<String> = list.iter().map(|text| in_brackets(text)).collect();
            Some(texts.join(if is_ids { " " } else { ", " }))
        }
        _ => None,
    }
}

fn metadata_key(name: &str) -> Option<&str> {
    const PREFIX: &str = "X-PM-Metadata-";
    let (prefix, key) = name.split_at_checked(PREFIX.len())?;
    prefix.eq_ignore_ascii_case(PREFIX).then_some(key)
}
