//! One message of a request: read, checked, and built as the engine takes it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use plugin_api::{Attachment, InvalidMessage, Message, MessageBuilder};
use serde_json::Value;

use super::written::{File, Written};
use super::{Kind, addresses, limits};
use crate::web::{Caller, PostmarkError};

/// A message that may be handed to the engine.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) message: Message,
    /// The `To` field as it was written, for the answer.
    pub(crate) to: Option<String>,
    /// Not before this moment.
    pub(crate) send_at: Option<Timestamp>,
}

impl Draft {
    /// Reads a message of Postmark's JSON form.
    ///
    /// # Errors
    /// The refusal Postmark would give: code 403 naming fields of a wrong type, code 300 naming what is wrong with the content.
    /// Code 10 when the caller may not send for the account.
    pub(crate) fn read(
        value: Value,
        kind: Kind,
        caller: &Caller,
        idempotency_key: Option<&str>,
    ) -> Result<Self, PostmarkError> {
        let mut written = Written::take(value, kind)?;
        check(&written, kind)?;
        written.ids.account = caller.account_for(written.ids.account.take())?;
        let tracking_id = written.ids.tracking_id(idempotency_key);
        let (to, send_at) = (written.to.clone(), written.send_at);
        let builder = Message::builder().tracking_id(tracking_id);
        let builder = with_content(with_people(builder, &written)?, written)?;
        let message = builder.build().map_err(unbuildable)?;
        Ok(Self {
            message,
            to,
            send_at,
        })
    }
}

fn check(written: &Written, kind: Kind) -> Result<(), PostmarkError> {
    let body = |body: &Option<String>| body.as_ref().map_or(0, String::len);
    let (html, text) = (body(&written.html), body(&written.text));
    match kind {
        Kind::Plain if html + text == 0 => {
            return Err(PostmarkError::invalid(
                "Provide either email TextBody or HtmlBody or both.",
            ));
        }
        Kind::Templated if written.template.is_none() => {
            return Err(PostmarkError::unprocessable(
                1101,
                "Provide either 'TemplateId' or 'TemplateAlias'.",
            ));
        }
        Kind::Plain | Kind::Templated => {}
    }
    limits::lengths(&written.from, &written.subject, written.tag.as_deref())?;
    limits::headers(&written.headers)?;
    let encoded = written.files.iter().map(|file| file.content.len()).sum();
    limits::sizes(html, text, encoded)
}

fn with_people(
    builder: MessageBuilder,
    written: &Written,
) -> Result<MessageBuilder, PostmarkError> {
    let from = addresses::one("From", &written.from)?;
    let to = addresses::list("To", written.to.as_deref().unwrap_or_default())?;
    let cc = addresses::list("Cc", &written.cc)?;
    let bcc = addresses::list("Bcc", &written.bcc)?;
    let reply_to = addresses::list("Reply-To", &written.reply_to)?;
    limits::recipients([&to, &cc, &bcc])?;
    Ok(builder
        .from(from)
        .each(to, MessageBuilder::to)
        .each(cc, MessageBuilder::cc)
        .each(bcc, MessageBuilder::bcc)
        .each(reply_to, MessageBuilder::reply_to))
}

fn with_content(
    builder: MessageBuilder,
    written: Written,
) -> Result<MessageBuilder, PostmarkError> {
    let attachments = attachments(written.files)?;
    let metadata = limits::metadata(written.metadata)?;
    Ok(builder
        .subject(written.subject)
        .each(written.html, MessageBuilder::html_body)
        .each(written.text, MessageBuilder::text_body)
        .each(written.template, MessageBuilder::template)
        .each(attachments, MessageBuilder::add_attachment)
        .each(written.headers, |it, one| it.header(one.name, one.value))
        .each(metadata, |it, (key, value)| it.metadata(key, value))
        .each(written.tag, MessageBuilder::tag)
        .each(written.stream, MessageBuilder::stream)
        .each(written.track_opens, MessageBuilder::track_opens)
        .each(written.track_links, MessageBuilder::track_links)
        .each(written.ids.lead, MessageBuilder::lead_uid)
        .each(written.ids.account, MessageBuilder::account_uid)
        .each(written.ids.user_account, MessageBuilder::user_account_uid))
}

/// What a caller may leave out, or give several times.
trait Each: Sized {
    /// Sets everything that was given.
    fn each<T>(self, given: impl IntoIterator<Item = T>, set: impl Fn(Self, T) -> Self) -> Self {
        given.into_iter().fold(self, set)
    }
}

impl Each for MessageBuilder {}

fn attachments(files: Vec<File>) -> Result<Vec<Attachment>, PostmarkError> {
    let numbered = files.into_iter().enumerate();
    numbered
        .map(|(index, file)| attachment(index, file))
        .collect()
}

fn attachment(index: usize, file: File) -> Result<Attachment, PostmarkError> {
    let invalid = |field: &str, what: &str| {
        PostmarkError::invalid(format!("Invalid 'Attachments[{index}].{field}': {what}."))
    };
    if file.name.trim().is_empty() {
        return Err(invalid("Name", "it must not be empty"));
    }
    let content = STANDARD
        .decode(file.content.trim_ascii())
        .map_err(|_| invalid("Content", "it must be standard base64"))?;
    let kind = file
        .content_type
        .unwrap_or_else(|| "application/octet-stream".to_owned());
    let attachment = Attachment::new(file.name, kind, content);
    Ok(match file.content_id {
        Some(id) => attachment.inline(id),
        None => attachment,
    })
}

fn unbuildable(fault: InvalidMessage) -> PostmarkError {
    PostmarkError::invalid(format!("Invalid '{}': it {}.", fault.field, fault.problem))
}
