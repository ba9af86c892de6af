//! Building a message, and the few rules that hold for every service.

use abi_stable::std_types::{RArc, ROption, RString, RVec};

use super::Message;
use crate::abi::record::{Envelope, MessageRecord, Pair};
use crate::{Attachment, Extension, Mailbox, Template, TrackLinks, TrackingId};

/// Builds a [`Message`]. Setters may come in any order; list setters add.
#[derive(Default)]
pub struct MessageBuilder {
    from: Option<Mailbox>,
    to: Vec<Mailbox>,
    cc: Vec<Mailbox>,
    bcc: Vec<Mailbox>,
    reply_to: Vec<Mailbox>,
    subject: String,
    html_body: Option<String>,
    text_body: Option<String>,
    attachments: Vec<Attachment>,
    headers: Vec<(String, String)>,
    metadata: Vec<(String, String)>,
    tag: Option<String>,
    stream: Option<String>,
    track_opens: Option<bool>,
    track_links: Option<TrackLinks>,
    template: Option<Template>,
    lead_uid: Option<String>,
    account_uid: Option<String>,
    user_account_uid: Option<String>,
    tracking_id: Option<TrackingId>,
    no_unsubscribe_tag: bool,
    extensions: Vec<Extension>,
}

/// Why a message cannot be built. Names the field, never its content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{field}`: {problem}")]
pub struct InvalidMessage {
    /// The field, spelled as in the sending API: `From`, `Headers[2].Value`.
    pub field: String,
    /// What was expected and found.
    pub problem: &'static str,
}

macro_rules! setters {
    ($($(#[$doc:meta])* $name:ident: $type:ty;)*) => {$(
        $(#[$doc])*
        pub fn $name(mut self, $name: impl Into<$type>) -> Self {
            self.$name = Some($name.into());
            self
        }
    )*};
}

macro_rules! adders {
    ($($(#[$doc:meta])* $name:ident: $list:ident, $type:ty;)*) => {$(
        $(#[$doc])*
        pub fn $name(mut self, added: $type) -> Self {
            self.$list.push(added);
            self
        }
    )*};
}

impl MessageBuilder {
    setters! {
        /// Who it is from. Required.
        from: Mailbox;
        /// The HTML body.
        html_body: String;
        /// The plain-text body.
        text_body: String;
        /// One label for statistics and routing.
        tag: String;
        /// The provider's message stream.
        stream: String;
        /// Whether opens are tracked.
        track_opens: bool;
        /// Whether and where links are tracked.
        track_links: TrackLinks;
        /// A template kept at the provider, instead of subject and bodies.
        template: Template;
        /// The CRM's lead.
        lead_uid: String;
        /// The CRM's account.
        account_uid: String;
        /// The CRM's user.
        user_account_uid: String;
        /// Our own id of the message. Required.
        tracking_id: TrackingId;
    }

    adders! {
        /// Adds a To recipient.
        to: to, Mailbox;
        /// Adds a Cc recipient.
        cc: cc, Mailbox;
        /// Adds a Bcc recipient.
        bcc: bcc, Mailbox;
        /// Adds an address for answers.
        reply_to: reply_to, Mailbox;
        /// Adds an attachment.
        add_attachment: attachments, Attachment;
        /// Adds a field that came after this version of the API.
        extension: extensions, Extension;
    }

    /// The subject; empty when not set.
    pub fn subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = subject.into();
        self
    }

    /// Adds a custom header; a name may repeat.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Adds a metadata pair of the caller's own.
    pub fn metadata(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.metadata.push((key.into(), value.into()));
        self
    }

    /// Whether the body carries an unsubscribe link (it does unless said otherwise).
    pub fn unsubscribe_tag(mut self, wanted: bool) -> Self {
        self.no_unsubscribe_tag = !wanted;
        self
    }

    /// The message, if it obeys the rules that hold for every service.
    ///
    /// # Errors
    /// No `From`, no tracking id, no recipient at all, or a CR, LF or NUL where it could inject a header.
    pub fn build(self) -> Result<Message, InvalidMessage> {
        self.check_lines()?;
        let from = self.from.ok_or_else(|| missing("From"))?;
        let tracking_id = self.tracking_id.ok_or_else(|| missing("TrackingId"))?;
        if self.to.is_empty() && self.cc.is_empty() && self.bcc.is_empty() {
            return Err(invalid(
                "To",
                "no recipient in To, Cc or Bcc; at least one is needed",
            ));
        }
        let record = MessageRecord {
            from,
            to: self.to.into(),
            cc: self.cc.into(),
            bcc: self.bcc.into(),
            reply_to: self.reply_to.into(),
            subject: self.subject.into(),
            html_body: optional(self.html_body),
            text_body: optional(self.text_body),
            attachments: self.attachments.into(),
            headers: pairs(self.headers),
            metadata: pairs(self.metadata),
            tag: optional(self.tag),
            stream: optional(self.stream),
            track_opens: self.track_opens.into(),
            track_links: TrackLinks::code(self.track_links),
            unsubscribe_tag: !self.no_unsubscribe_tag,
            template: self.template.into(),
            lead_uid: optional(self.lead_uid),
            account_uid: optional(self.account_uid),
            user_account_uid: optional(self.user_account_uid),
            tracking_id: tracking_id.to_bytes(),
            extensions: self.extensions.into(),
        };
        Ok(Message {
            envelope: Envelope {
                record: RArc::new(record),
                masked: RVec::new(),
                extensions: RVec::new(),
            },
        })
    }

    fn check_lines(&self) -> Result<(), InvalidMessage> {
        let single = [
            ("Subject", Some(&self.subject)),
            ("Tag", self.tag.as_ref()),
            ("MessageStream", self.stream.as_ref()),
            ("LeadUID", self.lead_uid.as_ref()),
            ("AccountUID", self.account_uid.as_ref()),
            ("UserAccountUID", self.user_account_uid.as_ref()),
        ];
        for (field, text) in single {
            text.map_or(Ok(()), |text| one_line(|| field.to_owned(), text))?;
        }
        check_pairs("Headers", &self.headers)?;
        check_pairs("Metadata", &self.metadata)?;
        for (index, file) in self.attachments.iter().enumerate() {
            one_line(|| format!("Attachments[{index}].Name"), file.name())?;
            one_line(
                || format!("Attachments[{index}].ContentType"),
                file.content_type(),
            )?;
            let id = file.content_id().unwrap_or_default();
            one_line(|| format!("Attachments[{index}].ContentID"), id)?;
        }
        Ok(())
    }
}

fn check_pairs(field: &str, list: &[(String, String)]) -> Result<(), InvalidMessage> {
    for (index, (name, value)) in list.iter().enumerate() {
        one_line(|| format!("{field}[{index}].Name"), name)?;
        one_line(|| format!("{field}[{index}].Value"), value)?;
    }
    Ok(())
}

fn one_line(field: impl Fn() -> String, text: &str) -> Result<(), InvalidMessage> {
    if text.contains(['\r', '\n', '\0']) {
        return Err(invalid(
            field(),
            "holds a line break or NUL, which could inject a header; remove it",
        ));
    }
    Ok(())
}

fn missing(field: &str) -> InvalidMessage {
    invalid(field, "is missing")
}

fn invalid(field: impl Into<String>, problem: &'static str) -> InvalidMessage {
    InvalidMessage {
        field: field.into(),
        problem,
    }
}

fn optional(text: Option<String>) -> ROption<RString> {
    text.map(RString::from).into()
}

fn pairs(list: Vec<(String, String)>) -> RVec<Pair> {
    list.into_iter()
        .map(|(key, value)| Pair {
            key: key.into(),
            value: value.into(),
        })
        .collect()
}
