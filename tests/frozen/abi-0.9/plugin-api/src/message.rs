//! A message as every provider sees it: one shared, immutable record, and beside it the recipients this attempt is for.

use abi_stable::std_types::{RArc, ROption, RString, RVec};

use crate::abi::record::{Envelope, MessageRecord, Pair};
use crate::{Attachment, Extension, Mailbox, Template, TrackLinks, TrackingId};

mod builder;
pub use builder::{InvalidMessage, MessageBuilder};

/// A message: a cheap handle (cloning copies no content).
///
/// Every attempt, with every provider, sees the same content. Some recipients may be masked out, because they asked not to be
/// contacted or already have the message: [`Message::to`], [`Message::cc`] and [`Message::bcc`] leave them out.
///
/// Guaranteed for every message: at least one recipient before masking; no CR, LF or NUL in the subject, in names, addresses,
/// header names and values, the tag, the stream and metadata. Everything else is for the provider to check.
#[derive(Clone)]
pub struct Message {
    pub(crate) envelope: Envelope,
}

/// A custom header or a metadata pair, as given.
pub type KeyValue<'a> = (&'a str, &'a str);

impl Message {
    /// Starts a message.
    pub fn builder() -> MessageBuilder {
        MessageBuilder::default()
    }

    /// The same message for fewer people: recipients whose address `keep` refuses are masked out, beside those who are already. Content is
    /// shared.
    pub fn only_to(&self, keep: impl Fn(&str) -> bool) -> Self {
        let record = &self.envelope.record;
        let everyone = record.to.iter().chain(&record.cc).chain(&record.bcc);
        let masked = (0u32..)
            .zip(everyone)
            .filter(|(at, mailbox)| self.envelope.masked.contains(at) || !keep(mailbox.address()))
            .map(|(position, _)| position)
            .collect();
        Self {
            envelope: Envelope {
                record: record.clone(),
                masked,
                extensions: self.envelope.extensions.clone(),
            },
        }
    }

    /// The same message with other bodies: how the host puts a provider's unsubscribe link in place of the tag. `unsubscribe_tag` says whether
    /// the provider is to add the tag where it is missing.
    pub fn with_bodies(
        &self,
        html: Option<String>,
        text: Option<String>,
        unsubscribe_tag: bool,
    ) -> Self {
        let record = MessageRecord {
            html_body: html.map(RString::from).into(),
            text_body: text.map(RString::from).into(),
            unsubscribe_tag,
            ..self.record().without_bodies()
        };
        Self {
            envelope: Envelope {
                record: RArc::new(record),
                ..self.envelope.clone()
            },
        }
    }

    fn record(&self) -> &MessageRecord {
        &self.envelope.record
    }

    /// Who it is from.
    pub fn from(&self) -> &Mailbox {
        &self.record().from
    }

    /// The To recipients of this attempt.
    pub fn to(&self) -> impl Iterator<Item = &Mailbox> {
        self.unmasked(0, &self.record().to)
    }

    /// The Cc recipients of this attempt.
    pub fn cc(&self) -> impl Iterator<Item = &Mailbox> {
        self.unmasked(self.record().to.len(), &self.record().cc)
    }

    /// The Bcc recipients of this attempt.
    pub fn bcc(&self) -> impl Iterator<Item = &Mailbox> {
        let before = self.record().to.len() + self.record().cc.len();
        self.unmasked(before, &self.record().bcc)
    }

    /// Everybody this attempt is for: To, Cc, Bcc, in this order.
    pub fn recipients(&self) -> impl Iterator<Item = &Mailbox> {
        self.to().chain(self.cc()).chain(self.bcc())
    }

    fn unmasked<'a>(
        &'a self,
        before: usize,
        list: &'a [Mailbox],
    ) -> impl Iterator<Item = &'a Mailbox> {
        let masked = &self.envelope.masked;
        list.iter().enumerate().filter_map(move |(index, mailbox)| {
            let position = u32::try_from(before + index).ok()?;
            (!masked.contains(&position)).then_some(mailbox)
        })
    }

    /// Where answers go; several are possible.
    pub fn reply_to(&self) -> &[Mailbox] {
        &self.record().reply_to
    }

    /// The subject, possibly empty.
    pub fn subject(&self) -> &str {
        &self.record().subject
    }

    /// The HTML body.
    pub fn html_body(&self) -> Option<&str> {
        self.record().html_body.as_ref().map(RString::as_str).into()
    }

    /// The plain-text body.
    pub fn text_body(&self) -> Option<&str> {
        self.record().text_body.as_ref().map(RString::as_str).into()
    }

    /// The attachments, in order.
    pub fn attachments(&self) -> &[Attachment] {
        &self.record().attachments
    }

    /// Custom headers, in order; a name may repeat.
    pub fn headers(&self) -> impl Iterator<Item = KeyValue<'_>> {
        pairs(&self.record().headers)
    }

    /// The caller's own metadata, in order. The four CRM ids are not among them; see [`Message::tracking_id`] and its neighbours.
    pub fn metadata(&self) -> impl Iterator<Item = KeyValue<'_>> {
        pairs(&self.record().metadata)
    }

    /// One label for statistics and routing.
    pub fn tag(&self) -> Option<&str> {
        self.record().tag.as_ref().map(RString::as_str).into()
    }

    /// The message stream the caller asked for; `None` leaves it to the provider's settings.
    pub fn stream(&self) -> Option<&str> {
        self.record().stream.as_ref().map(RString::as_str).into()
    }

    /// Whether opens are to be tracked; `None` leaves it to the provider's settings.
    pub fn track_opens(&self) -> Option<bool> {
        self.record().track_opens.into_option()
    }

    /// Whether links are to be tracked; `None` leaves it to the provider's settings.
    pub fn track_links(&self) -> Option<TrackLinks> {
        TrackLinks::from_code(self.record().track_links)
    }

    /// The provider-side template, when the body is to be made there.
    pub fn template(&self) -> Option<&Template> {
        self.record().template.as_ref().into()
    }

    /// The lead this message is for, in the CRM's words.
    pub fn lead_uid(&self) -> Option<&str> {
        self.record().lead_uid.as_ref().map(RString::as_str).into()
    }

    /// The CRM account it is sent for.
    pub fn account_uid(&self) -> Option<&str> {
        self.record()
            .account_uid
            .as_ref()
            .map(RString::as_str)
            .into()
    }

    /// The CRM user it is sent for.
    pub fn user_account_uid(&self) -> Option<&str> {
        let id = self.record().user_account_uid.as_ref();
        id.map(RString::as_str).into()
    }

    /// Our own id of this message: every provider gets it as metadata named `TrackingId`, and gives it back.
    pub fn tracking_id(&self) -> TrackingId {
        TrackingId::from_bytes(self.record().tracking_id)
    }

    /// Whether the body is to carry an unsubscribe link: a provider that has links of its own adds the tag where it is missing.
    pub fn wants_unsubscribe_tag(&self) -> bool {
        self.record().unsubscribe_tag
    }

    /// The JSON of an extension (a field that came after this version of the API), if this attempt or the message has it.
    pub fn extension(&self, key: &str) -> Option<&str> {
        Extension::find(&self.envelope.extensions, key)
            .or_else(|| Extension::find(&self.record().extensions, key))
    }

    /// The same message with a field for this attempt alone that came after this version of the API.
    pub fn with_extension(mut self, extension: Extension) -> Self {
        self.envelope.extensions.push(extension);
        self
    }
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Message")
            .field("tracking_id", &self.tracking_id())
            .field("recipients", &self.recipients().count())
            .field("attachments", &self.attachments().len())
            .finish_non_exhaustive()
    }
}

impl MessageRecord {
    /// A copy but for the bodies, which may be megabytes. Attachments are shared.
    fn without_bodies(&self) -> Self {
        Self {
            from: self.from.clone(),
            to: self.to.clone(),
            cc: self.cc.clone(),
            bcc: self.bcc.clone(),
            reply_to: self.reply_to.clone(),
            subject: self.subject.clone(),
            html_body: ROption::RNone,
            text_body: ROption::RNone,
            attachments: self.attachments.clone(),
            headers: self.headers.clone(),
            metadata: self.metadata.clone(),
            tag: self.tag.clone(),
            stream: self.stream.clone(),
            track_opens: self.track_opens,
            track_links: self.track_links,
            unsubscribe_tag: self.unsubscribe_tag,
            template: self.template.clone(),
            lead_uid: self.lead_uid.clone(),
            account_uid: self.account_uid.clone(),
            user_account_uid: self.user_account_uid.clone(),
            tracking_id: self.tracking_id,
            extensions: self.extensions.clone(),
        }
    }
}

fn pairs(list: &RVec<Pair>) -> impl Iterator<Item = KeyValue<'_>> {
    list.iter().map(|pair| (&*pair.key, &*pair.value))
}

#[cfg(test)]
mod tests {
    use super::Message;
    use crate::{Mailbox, TrackingId};

    #[test]
    fn who_was_masked_out_stays_masked_out() {
        let address = |text: &str| Mailbox::new(text).unwrap();
        let message = Message::builder()
            .from(address("sales@example.com"))
            .to(address("ann@example.com"))
            .to(address("bob@example.com"))
            .bcc(address("cid@example.com"))
            .tracking_id(TrackingId::from_bytes([1; 16]))
            .build()
            .unwrap();
        let fewer = message
            .only_to(|one| one != "ann@example.com")
            .only_to(|one| one != "cid@example.com");
        let left: Vec<&str> = fewer.recipients().map(Mailbox::address).collect();
        assert_eq!(left, ["bob@example.com"]);
        let bodies = fewer.with_bodies(None, Some("Hello".to_owned()), false);
        assert_eq!(bodies.recipients().count(), 1);
    }
}
