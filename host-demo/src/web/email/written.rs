//! The fields of a message as they were written, before anything but their types has been looked at.

use jiff::Timestamp;
use plugin_api::{Template, TrackLinks};
use serde_json::{Map, Value};

use super::Kind;
use super::crm_ids::CrmIds;
use super::fields::Fields;
use crate::web::PostmarkError;

pub(super) struct Written {
    pub(super) from: String,
    pub(super) to: Option<String>,
    pub(super) cc: String,
    pub(super) bcc: String,
    pub(super) reply_to: String,
    pub(super) subject: String,
    pub(super) html: Option<String>,
    pub(super) text: Option<String>,
    pub(super) tag: Option<String>,
    pub(super) stream: Option<String>,
    pub(super) track_opens: Option<bool>,
    pub(super) track_links: Option<TrackLinks>,
    pub(super) metadata: Map<String, Value>,
    pub(super) headers: Vec<Header>,
    pub(super) files: Vec<File>,
    pub(super) template: Option<Template>,
    /// Not before this moment.
    pub(super) send_at: Option<Timestamp>,
    pub(super) ids: CrmIds,
}

/// A custom header as it was given.
pub(super) struct Header {
    pub(super) name: String,
    pub(super) value: String,
}

/// An attachment as it was given, its content still encoded.
pub(super) struct File {
    pub(super) name: String,
    pub(super) content: String,
    pub(super) content_type: Option<String>,
    pub(super) content_id: Option<String>,
}

impl Written {
    /// # Errors
    /// Code 403 naming every field of a wrong type; the refusals of [`CrmIds::take`].
    pub(super) fn take(value: Value, kind: Kind) -> Result<Self, PostmarkError> {
        let mut fields = Fields::of(value)?;
        let mut metadata = fields.object("Metadata").unwrap_or_default();
        let ids = CrmIds::take(&mut fields, &mut metadata)?;
        let written = Self {
            from: fields.text("From").unwrap_or_default(),
            to: fields.filled_text("To"),
            cc: fields.text("Cc").unwrap_or_default(),
            bcc: fields.text("Bcc").unwrap_or_default(),
            reply_to: fields.text("ReplyTo").unwrap_or_default(),
            subject: fields.text("Subject").unwrap_or_default(),
            html: fields.text("HtmlBody").filter(|body| !body.is_empty()),
            text: fields.text("TextBody").filter(|body| !body.is_empty()),
            tag: fields.filled_text("Tag"),
            stream: fields.filled_text("MessageStream"),
            track_opens: fields.boolean("TrackOpens"),
            track_links: track_links(&mut fields),
            metadata,
            headers: fields.objects("Headers", header),
            files: fields.objects("Attachments", file),
            template: template(&mut fields, kind),
            send_at: send_at(&mut fields),
            ids,
        };
        fields.finish()?;
        Ok(written)
    }
}

/// A moment in RFC 3339, such as `2026-12-01T09:00:00Z`.
fn send_at(fields: &mut Fields) -> Option<Timestamp> {
    let moment = fields.filled_text("SendAt")?.parse();
    if moment.is_err() {
        fields.mark("SendAt");
    }
    moment.ok()
}

fn track_links(fields: &mut Fields) -> Option<TrackLinks> {
    let choice = match fields.filled_text("TrackLinks")?.as_str() {
        "None" => TrackLinks::None,
        "HtmlAndText" => TrackLinks::HtmlAndText,
        "HtmlOnly" => TrackLinks::HtmlOnly,
        "TextOnly" => TrackLinks::TextOnly,
        _ => {
            fields.mark("TrackLinks");
            return None;
        }
    };
    Some(choice)
}

fn header(fields: &mut Fields) -> Header {
    Header {
        name: fields.text("Name").unwrap_or_default(),
        value: fields.text("Value").unwrap_or_default(),
    }
}

fn file(fields: &mut Fields) -> File {
    File {
        name: fields.text("Name").unwrap_or_default(),
        content: fields.text("Content").unwrap_or_default(),
        content_type: fields.filled_text("ContentType"),
        content_id: fields.filled_text("ContentID"),
    }
}

/// By number or by name; the number wins, as at Postmark.
fn template(fields: &mut Fields, kind: Kind) -> Option<Template> {
    if kind == Kind::Plain {
        return None;
    }
    let id = fields.number("TemplateId");
    let alias = fields.filled_text("TemplateAlias");
    let model = fields.object("TemplateModel");
    let inline_css = fields.boolean("InlineCss");
    let template = match (id, alias) {
        (Some(id), _) => Template::by_id(id, &model.unwrap_or_default()),
        (None, Some(alias)) => Template::by_alias(alias, &model.unwrap_or_default()),
        (None, None) => return None,
    };
    Some(match inline_css {
        Some(wanted) => template.inline_css(wanted),
        None => template,
    })
}
