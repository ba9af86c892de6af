//! A message in Postmark's JSON. Field names as in the manuals of its Email API and Templates API.

use std::borrow::Cow;

use plugin_api::serde_json::value::RawValue;
use plugin_api::tag::Body;
use plugin_api::{Message, SendError, TrackLinks};
use serde::Serialize;

use crate::{limits, unsubscribe};

mod address;
mod attachment;
mod header;
mod metadata;
mod template;

pub(crate) use address::{Addresses, ascii_address};
pub(crate) use attachment::File;
pub(crate) use header::Header;
use metadata::Metadata;

/// Reserved for everything of a message but its content; more is no fault, only another allocation.
const ENVELOPE_BYTES: usize = 4096;

/// What a message leaves to the settings.
#[derive(Debug, Clone)]
pub(crate) struct Defaults {
    pub(crate) stream: String,
    pub(crate) track_opens: Option<bool>,
    pub(crate) track_links: Option<TrackLinks>,
}

/// Which pair of paths a message goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Endpoint {
    Email,
    Template,
}

/// A message that kept every rule known in advance.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Email<'a> {
    pub(crate) from: Addresses<'a>,
    /// Left out when there is none: live answers to messages with Cc or Bcc alone have been seen.
    #[serde(skip_serializing_if = "Addresses::is_empty")]
    pub(crate) to: Addresses<'a>,
    #[serde(skip_serializing_if = "Addresses::is_empty")]
    pub(crate) cc: Addresses<'a>,
    #[serde(skip_serializing_if = "Addresses::is_empty")]
    pub(crate) bcc: Addresses<'a>,
    #[serde(skip_serializing_if = "Addresses::is_empty")]
    reply_to: Addresses<'a>,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(crate) subject: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) html_body: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) text_body: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    template_id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    template_alias: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    template_model: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    inline_css: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tag: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) headers: Vec<Header<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    track_opens: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    track_links: Option<&'static str>,
    metadata: Metadata<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) attachments: Vec<File<'a>>,
    message_stream: &'a str,
}

impl<'a> Email<'a> {
    /// The message in Postmark's form, if Postmark can carry it.
    ///
    /// # Errors
    /// `Unsupported` for what Postmark refuses and another service may take, `InvalidMessage` for what no service takes; both name the
    /// field.
    pub(crate) fn of(message: &'a Message, defaults: &'a Defaults) -> Result<Self, SendError> {
        let wants_tag = message.wants_unsubscribe_tag();
        let body = |text: Option<&'a str>, kind| {
            let text = text.filter(|text| !text.is_empty())?;
            Some(unsubscribe::tagged(text, kind, wants_tag))
        };
        let template = message.template();
        let links = message.track_links().or(defaults.track_links);
        let email = Self {
            from: Addresses::of("From", std::iter::once(message.from()))?,
            to: Addresses::of("To", message.to())?,
            cc: Addresses::of("Cc", message.cc())?,
            bcc: Addresses::of("Bcc", message.bcc())?,
            reply_to: Addresses::of("ReplyTo", message.reply_to().iter())?,
            subject: message.subject(),
            html_body: body(message.html_body(), Body::Html),
            text_body: body(message.text_body(), Body::Text),
            template_id: template.and_then(plugin_api::Template::id),
            template_alias: template.and_then(plugin_api::Template::alias),
            template_model: template.map(template::model).transpose()?,
            inline_css: template.and_then(plugin_api::Template::wants_inline_css),
            tag: message.tag().filter(|tag| !tag.is_empty()),
            headers: message.headers().map(Header::of).collect(),
            track_opens: message.track_opens().or(defaults.track_opens),
            track_links: links.and_then(track_links_word),
            metadata: Metadata::of(message)?,
            attachments: message.attachments().iter().map(File::of).collect(),
            message_stream: message
                .stream()
                .filter(|stream| !stream.is_empty())
                .unwrap_or(&defaults.stream),
        };
        limits::check(&email)?;
        Ok(email)
    }

    pub(crate) fn is_templated(&self) -> bool {
        self.template_model.is_some()
    }

    pub(crate) fn endpoint(&self) -> Endpoint {
        match self.is_templated() {
            true => Endpoint::Template,
            false => Endpoint::Email,
        }
    }

    /// The stream it goes to: its own, else the settings'.
    pub(crate) fn stream(&self) -> &'a str {
        self.message_stream
    }

    /// Bytes of the bodies and the attachments, encoded: what Postmark's limit counts.
    pub(crate) fn content_len(&self) -> usize {
        let bodies = [&self.html_body, &self.text_body].into_iter().flatten();
        let files = self.attachments.iter();
        bodies.map(|body| body.len()).sum::<usize>() + files.map(File::encoded_len).sum::<usize>()
    }

    /// Appends the JSON to a request. Attachments are encoded straight into it: the encoded text exists once.
    pub(crate) fn write_json(&self, request: &mut Vec<u8>) {
        request.reserve(self.content_len() + ENVELOPE_BYTES);
        plugin_api::serde_json::to_writer(request, self)
            .expect("texts, numbers and checked JSON always serialise, and a Vec takes every byte");
    }
}

/// Postmark's word; a choice that this version of the contract does not name is left to the server.
fn track_links_word(choice: TrackLinks) -> Option<&'static str> {
    match choice {
        TrackLinks::None => Some("None"),
        TrackLinks::HtmlAndText => Some("HtmlAndText"),
        TrackLinks::HtmlOnly => Some("HtmlOnly"),
        TrackLinks::TextOnly => Some("TextOnly"),
        _ => None,
    }
}
