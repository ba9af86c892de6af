//! A request to send, read from its JSON: types are checked here, rules in `limits`.

use serde_json::{Map, Value};

use super::answer::ApiError;
use super::fields::Fields;

/// What a caller asks to be sent.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) from: String,
    pub(super) to: Option<String>,
    pub(super) cc: String,
    pub(super) bcc: String,
    pub(super) reply_to: String,
    pub(super) subject: String,
    pub(super) tag: Option<String>,
    pub(super) html: Option<String>,
    pub(super) text: Option<String>,
    pub(super) headers: Vec<Header>,
    pub(super) metadata: Vec<(String, String)>,
    pub(super) attachments: Vec<AttachmentDraft>,
    pub(super) track_opens: bool,
    pub(super) track_links: Option<String>,
    pub(super) stream: String,
    pub(super) template: Option<TemplateRequest>,
}

#[derive(Clone, Debug)]
pub(super) struct Header {
    pub(super) name: String,
    pub(super) value: String,
}

#[derive(Debug)]
pub(super) struct AttachmentDraft {
    pub(super) name: Option<String>,
    /// Base64 as it came.
    pub(super) content: Option<String>,
    pub(super) content_type: Option<String>,
    pub(super) content_id: Option<String>,
}

/// Which template with which values.
#[derive(Debug)]
pub(super) struct TemplateRequest {
    pub(super) id: Option<u64>,
    pub(super) alias: Option<String>,
    pub(super) model: Option<Map<String, Value>>,
}

impl Draft {
    /// Reads a message of `/email` and `/email/batch`.
    pub(super) fn plain(value: Value) -> Result<Self, ApiError> {
        Self::read(value, false)
    }

    /// Reads a message of the two template paths; bodies and subject come from the template.
    pub(super) fn templated(value: Value) -> Result<Self, ApiError> {
        Self::read(value, true)
    }

    fn read(value: Value, templated: bool) -> Result<Self, ApiError> {
        let mut fields = Fields::of(value)?;
        let draft = Self {
            from: fields.text("From").unwrap_or_default(),
            to: fields.text("To"),
            cc: fields.text("Cc").unwrap_or_default(),
            bcc: fields.text("Bcc").unwrap_or_default(),
            reply_to: fields.text("ReplyTo").unwrap_or_default(),
            subject: fields.text("Subject").unwrap_or_default(),
            tag: fields.text("Tag").filter(|tag| !tag.is_empty()),
            html: fields.text("HtmlBody").filter(|body| !body.is_empty()),
            text: fields.text("TextBody").filter(|body| !body.is_empty()),
            headers: fields.objects("Headers", read_header),
            metadata: read_metadata(&mut fields),
            attachments: fields.objects("Attachments", read_attachment),
            track_opens: fields.flag("TrackOpens").unwrap_or(false),
            track_links: fields.text("TrackLinks"),
            stream: fields
                .text("MessageStream")
                .filter(|it| !it.is_empty())
                .unwrap_or_else(|| "outbound".into()),
            template: templated.then(|| read_template(&mut fields)),
        };
        fields.finish()?;
        Ok(draft)
    }
}

fn read_header(fields: &mut Fields) -> Header {
    Header {
        name: fields.text("Name").unwrap_or_default(),
        value: fields.text("Value").unwrap_or_default(),
    }
}

fn read_attachment(fields: &mut Fields) -> AttachmentDraft {
    AttachmentDraft {
        name: fields.text("Name"),
        content: fields.text("Content"),
        content_type: fields.text("ContentType"),
        content_id: fields.text("ContentID"),
    }
}

fn read_metadata(fields: &mut Fields) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    for (key, value) in fields.object("Metadata").unwrap_or_default() {
        match value {
            Value::String(value) => pairs.push((key, value)),
            Value::Null => {}
            _ => fields.mark("Metadata"),
        }
    }
    pairs
}

fn read_template(fields: &mut Fields) -> TemplateRequest {
    // InlineCss changes only how the mail looks: the type is checked, the value has no effect here.
    fields.flag("InlineCss");
    TemplateRequest {
        id: fields.number("TemplateId"),
        alias: fields
            .text("TemplateAlias")
            .filter(|alias| !alias.is_empty()),
        model: fields.object("TemplateModel"),
    }
}
