//! A message's cold content as JSON: everything but the bytes of its attachments, which stand once each in a table of their own.

use plugin_api::{Attachment, Mailbox, Message, Template, TrackLinks};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::StoreError;

#[derive(Serialize, Deserialize)]
pub(super) struct StoredContent {
    from: String,
    to: Vec<String>,
    cc: Vec<String>,
    bcc: Vec<String>,
    reply_to: Vec<String>,
    subject: String,
    html: Option<String>,
    text: Option<String>,
    headers: Vec<(String, String)>,
    metadata: Vec<(String, String)>,
    tag: Option<String>,
    stream: Option<String>,
    track_opens: Option<bool>,
    track_links: Option<String>,
    template: Option<StoredTemplate>,
    lead: Option<String>,
    account: Option<String>,
    user_account: Option<String>,
    tracking_id: String,
    unsubscribe_tag: bool,
}

#[derive(Serialize, Deserialize)]
struct StoredTemplate {
    id: Option<u64>,
    alias: Option<String>,
    model: Map<String, Value>,
    inline_css: Option<bool>,
}

impl StoredContent {
    pub(super) fn of(message: &Message) -> Result<Self, StoreError> {
        let text = |text: Option<&str>| text.map(str::to_owned);
        let pair = |(key, value): (&str, &str)| (key.to_owned(), value.to_owned());
        Ok(Self {
            from: message.from().to_string(),
            to: message.to().map(ToString::to_string).collect(),
            cc: message.cc().map(ToString::to_string).collect(),
            bcc: message.bcc().map(ToString::to_string).collect(),
            reply_to: message.reply_to().iter().map(ToString::to_string).collect(),
            subject: message.subject().to_owned(),
            html: text(message.html_body()),
            text: text(message.text_body()),
            headers: message.headers().map(pair).collect(),
            metadata: message.metadata().map(pair).collect(),
            tag: text(message.tag()),
            stream: text(message.stream()),
            track_opens: message.track_opens(),
            track_links: message
                .track_links()
                .map(|choice| link_word(choice).to_owned()),
            template: message.template().map(StoredTemplate::of).transpose()?,
            lead: text(message.lead_uid()),
            account: text(message.account_uid()),
            user_account: text(message.user_account_uid()),
            tracking_id: message.tracking_id().to_string(),
            unsubscribe_tag: message.wants_unsubscribe_tag(),
        })
    }

    pub(super) fn into_message(self, attachments: Vec<Attachment>) -> Result<Message, StoreError> {
        let mut builder = Message::builder()
            .from(mailbox(&self.from)?)
            .subject(self.subject)
            .tracking_id(
                self.tracking_id
                    .parse::<plugin_api::TrackingId>()
                    .map_err(damaged)?,
            )
            .unsubscribe_tag(self.unsubscribe_tag);
        for one in &self.to {
            builder = builder.to(mailbox(one)?);
        }
        for one in &self.cc {
            builder = builder.cc(mailbox(one)?);
        }
        for one in &self.bcc {
            builder = builder.bcc(mailbox(one)?);
        }
        for one in &self.reply_to {
            builder = builder.reply_to(mailbox(one)?);
        }
        for (name, value) in self.headers {
            builder = builder.header(name, value);
        }
        for (key, value) in self.metadata {
            builder = builder.metadata(key, value);
        }
        macro_rules! optional {
            ($($value:expr => $setter:ident),* $(,)?) => {$(
                if let Some(value) = $value { builder = builder.$setter(value); }
            )*};
        }
        optional! {
            self.html => html_body,
            self.text => text_body,
            self.tag => tag,
            self.stream => stream,
            self.track_opens => track_opens,
            self.track_links.as_deref().and_then(link_choice) => track_links,
            self.template.map(StoredTemplate::into_template) => template,
            self.lead => lead_uid,
            self.account => account_uid,
            self.user_account => user_account_uid,
        }
        attachments
            .into_iter()
            .fold(builder, plugin_api::MessageBuilder::add_attachment)
            .build()
            .map_err(damaged)
    }
}

/// What tells two messages under one id apart: everything the caller sent. `blobs` are the digests of the attachments' bytes.
///
/// BLAKE3: without instructions of its own in the processor, SHA-256 takes ten times as long, for every byte that is accepted.
pub(super) fn hash(content: &str, attachments: &[Attachment], blobs: &[[u8; 32]]) -> [u8; 32] {
    let mut hash = blake3::Hasher::new();
    hash.update(content.as_bytes());
    for (file, blob) in attachments.iter().zip(blobs) {
        for part in [
            file.name(),
            file.content_type(),
            file.content_id().unwrap_or_default(),
        ] {
            hash.update(part.as_bytes());
            hash.update(&[0]);
        }
        hash.update(blob);
    }
    hash.finalize().into()
}

impl StoredTemplate {
    fn of(template: &Template) -> Result<Self, StoreError> {
        Ok(Self {
            id: template.id(),
            alias: template.alias().map(str::to_owned),
            model: serde_json::from_str(template.model())?,
            inline_css: template.wants_inline_css(),
        })
    }

    fn into_template(self) -> Template {
        let template = match self.id {
            Some(id) => Template::by_id(id, &self.model),
            None => Template::by_alias(self.alias.unwrap_or_default(), &self.model),
        };
        match self.inline_css {
            Some(wanted) => template.inline_css(wanted),
            None => template,
        }
    }
}

const LINK_WORDS: [(TrackLinks, &str); 4] = [
    (TrackLinks::None, "none"),
    (TrackLinks::HtmlAndText, "html-and-text"),
    (TrackLinks::HtmlOnly, "html-only"),
    (TrackLinks::TextOnly, "text-only"),
];

pub(super) fn link_word(choice: TrackLinks) -> &'static str {
    LINK_WORDS
        .iter()
        .find(|(known, _)| *known == choice)
        .map_or("none", |(_, word)| word)
}

pub(super) fn link_choice(word: &str) -> Option<TrackLinks> {
    LINK_WORDS
        .iter()
        .find(|(_, known)| *known == word)
        .map(|(choice, _)| *choice)
}

fn mailbox(text: &str) -> Result<Mailbox, StoreError> {
    text.parse().map_err(damaged)
}

fn damaged(error: impl std::fmt::Display) -> StoreError {
    StoreError::Failed(format!("a stored message cannot be read ({error})"))
}
