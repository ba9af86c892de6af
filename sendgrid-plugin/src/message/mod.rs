//! A message in SendGrid's JSON. Field names as in the manual of its v3 Mail Send.
//!
//! A request is a [`Letter`], what everybody gets, and one [`Personalization`] for each message: messages that differ in nothing but
//! recipients, subject, headers, ids and a template's model share a request.

use std::borrow::Cow;

use plugin_api::serde_json::value::{RawValue, to_raw_value};
use plugin_api::tag::Body;
use plugin_api::{Message, SendError, TrackLinks};
use serde::{Serialize, Serializer};

use crate::limits;
use crate::unsubscribe::Link;

mod address;
mod attachment;
mod custom_args;
mod header;
mod template;
mod tracking;

pub(crate) use address::Address;
pub(crate) use attachment::File;
use custom_args::CustomArgs;
pub(crate) use header::Headers;
use tracking::{Asm, MailSettings, TrackingSettings};

/// What a message leaves to the settings.
#[derive(Debug, Clone)]
pub(crate) struct Defaults {
    pub(crate) link: Link,
    pub(crate) track_opens: Option<bool>,
    pub(crate) track_links: Option<TrackLinks>,
    pub(crate) sandbox: bool,
}

/// A message that kept every rule known in advance.
pub(crate) struct Mail<'a> {
    pub(crate) letter: Letter<'a>,
    /// Its personalization, as it is written.
    pub(crate) own: Box<RawValue>,
    /// To, Cc and Bcc together.
    pub(crate) recipients: usize,
}

/// What several messages may share.
#[derive(Serialize, PartialEq)]
pub(crate) struct Letter<'a> {
    pub(crate) from: Address<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) reply_to_list: Vec<Address<'a>>,
    /// Text before HTML: SendGrid asks for this order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) content: Vec<Content<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) attachments: Vec<File<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    template_id: Option<&'a str>,
    #[serde(
        rename = "categories",
        skip_serializing_if = "Option::is_none",
        serialize_with = "alone"
    )]
    pub(crate) tag: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    asm: Option<Asm>,
    tracking_settings: TrackingSettings,
    #[serde(skip_serializing_if = "Option::is_none")]
    mail_settings: Option<MailSettings>,
}

/// One message's own part.
#[derive(Serialize)]
pub(crate) struct Personalization<'a> {
    pub(crate) to: Vec<Address<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cc: Vec<Address<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    bcc: Vec<Address<'a>>,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(crate) subject: &'a str,
    #[serde(skip_serializing_if = "Headers::is_empty")]
    headers: Headers<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dynamic_template_data: Option<&'a RawValue>,
    custom_args: CustomArgs<'a>,
}

/// A body.
#[derive(Serialize, PartialEq)]
pub(crate) struct Content<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    pub(crate) value: Cow<'a, str>,
}

impl<'a> Mail<'a> {
    /// The message in SendGrid's form, if SendGrid can carry it.
    ///
    /// # Errors
    /// `Unsupported` for what SendGrid refuses and another service may take, `InvalidMessage` for what no service takes; both name the
    /// field.
    pub(crate) fn of(message: &'a Message, defaults: &Defaults) -> Result<Self, SendError> {
        let letter = Letter::of(message, defaults)?;
        let own = Personalization::of(message)?;
        limits::check(&letter, &own)?;
        let mail = Self {
            letter,
            recipients: own.recipients(),
            own: to_raw_value(&own).expect("texts and checked JSON always serialise"),
        };
        limits::check_size(&mail)?;
        Ok(mail)
    }

    /// Bytes of a request with this message alone; a little is added for names, addresses and switches.
    pub(crate) fn bytes(&self) -> usize {
        self.letter.content_len() + self.own.get().len() + limits::ENVELOPE_BYTES
    }
}

impl<'a> Letter<'a> {
    fn of(message: &'a Message, defaults: &Defaults) -> Result<Self, SendError> {
        let wants_tag = message.wants_unsubscribe_tag();
        let links = message.track_links().or(defaults.track_links);
        let opens = message.track_opens().or(defaults.track_opens);
        let mut reply_to_list = address::list("ReplyTo", message.reply_to().iter())?;
        address::once_each([&mut reply_to_list]);
        Ok(Self {
            from: Address::of("From", message.from())?,
            reply_to_list,
            content: content(message, defaults.link),
            attachments: message.attachments().iter().map(File::of).collect(),
            template_id: message.template().map(template::id).transpose()?,
            tag: message.tag().filter(|tag| !tag.is_empty()),
            asm: Asm::of(defaults.link, wants_tag),
            tracking_settings: TrackingSettings::of(opens, links, defaults.link, wants_tag)?,
            mail_settings: MailSettings::of(defaults.sandbox),
        })
    }

    pub(crate) fn is_templated(&self) -> bool {
        self.template_id.is_some()
    }

    /// Bytes of the bodies and the attachments, encoded.
    fn content_len(&self) -> usize {
        let bodies = self.content.iter().map(|body| body.value.len());
        bodies.sum::<usize>()
            + self
                .attachments
                .iter()
                .map(File::encoded_len)
                .sum::<usize>()
    }
}

impl<'a> Personalization<'a> {
    fn of(message: &'a Message) -> Result<Self, SendError> {
        let mut own = Self {
            to: address::list("To", message.to())?,
            cc: address::list("Cc", message.cc())?,
            bcc: address::list("Bcc", message.bcc())?,
            subject: message.subject(),
            headers: Headers::of(message)?,
            dynamic_template_data: message.template().map(template::model).transpose()?,
            custom_args: CustomArgs::of(message)?,
        };
        address::once_each([&mut own.to, &mut own.cc, &mut own.bcc]);
        Ok(own)
    }

    pub(crate) fn recipients(&self) -> usize {
        self.to.len() + self.cc.len() + self.bcc.len()
    }
}

fn content(message: &Message, link: Link) -> Vec<Content<'_>> {
    let wants_tag = message.wants_unsubscribe_tag();
    let bodies = [
        ("text/plain", message.text_body(), Body::Text),
        ("text/html", message.html_body(), Body::Html),
    ];
    let there = bodies.into_iter().filter_map(|(kind, body, place)| {
        let body = body.filter(|body| !body.is_empty())?;
        Some(Content {
            kind,
            value: link.render(body, place, wants_tag),
        })
    });
    there.collect()
}

/// A tag is the only one of a list of categories.
fn alone<S: Serializer>(tag: &Option<&str>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(tag)
}
