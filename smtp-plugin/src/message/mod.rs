//! A message in the form of RFC 5322 and MIME, and beside it who it is from and for.
//!
//! Bodies, names and file names are encoded in ASCII, so every server can carry them; only addresses in other scripts need more.

use lettre::Address;
use lettre::message::dkim::DkimConfig;
use lettre::message::header::{HeaderName, HeaderValue, Headers};
use lettre::message::{Mailbox as HeaderMailbox, MessageBuilder};
use plugin_api::{Mailbox, Message, SendError, TrackingId};

use crate::redact::People;

mod address;
mod attachment;
mod body;
mod header;
mod metadata;
mod wire;

use address::{Field, header_mailbox, wire_address};

/// What a message leaves to the settings.
pub(crate) struct Defaults {
    pub(crate) return_path: Option<Mailbox>,
    pub(crate) message_id_domain: Option<String>,
    pub(crate) dkim: Option<DkimConfig>,
}

/// A message as it is sent.
pub(crate) struct Email {
    /// Of MAIL FROM.
    pub(crate) sender: Address,
    pub(crate) recipients: Vec<Recipient>,
    /// Headers and body, without the last line break, which comes with the final dot.
    pub(crate) content: Vec<u8>,
    /// The Message-ID without its brackets.
    pub(crate) id: String,
    pub(crate) tracking_id: TrackingId,
    /// Whether an address has letters outside ASCII before its `@`.
    pub(crate) needs_utf8: bool,
    /// Whose names stay out of errors.
    pub(crate) people: People,
}

/// One RCPT.
pub(crate) struct Recipient {
    /// As the server is told.
    pub(crate) wire: Address,
    /// As the message says.
    pub(crate) given: String,
}

impl Email {
    /// The message in its form for SMTP, if that can carry it.
    ///
    /// # Errors
    /// `Unsupported` for what another service may carry, `InvalidMessage` for what none does; both name the field.
    pub(crate) fn of(message: &Message, defaults: &Defaults) -> Result<Self, SendError> {
        if message.template().is_some() {
            return Err(SendError::unsupported(
                "templates",
                "smtp: the message names a template kept at a service; SMTP has none",
            ));
        }
        let from = wire_address(message.from(), Field("From", None))?;
        let sender = match &defaults.return_path {
            Some(address) => wire_address(address, Field("return_path", None))?,
            None => from.clone(),
        };
        let recipients = recipients(message)?;
        let domain = defaults
            .message_id_domain
            .as_deref()
            .unwrap_or(from.domain());
        let id = format!("{}@{domain}", message.tracking_id());
        let content = content(message, &id, defaults)?;
        let is_ascii = |address: &Address| AsRef::<str>::as_ref(address).is_ascii();
        Ok(Self {
            // Those of To, Cc and Reply-To stand in the headers.
            needs_utf8: !content.is_ascii()
                || !is_ascii(&sender)
                || recipients.iter().any(|it| !is_ascii(&it.wire)),
            sender,
            recipients,
            content,
            id,
            tracking_id: message.tracking_id(),
            people: People::of(message),
        })
    }
}

/// Everybody once: a server may deliver twice to who is named twice.
fn recipients(message: &Message) -> Result<Vec<Recipient>, SendError> {
    let lists = [
        ("To", message.to().collect::<Vec<_>>()),
        ("Cc", message.cc().collect()),
        ("Bcc", message.bcc().collect()),
    ];
    let mut recipients: Vec<Recipient> = Vec::new();
    for (field, list) in &lists {
        for (place, mailbox) in list.iter().enumerate() {
            let wire = wire_address(mailbox, Field(field, Some(place)))?;
            let text: &str = wire.as_ref();
            let is_known = |known: &Recipient| text.eq_ignore_ascii_case(known.wire.as_ref());
            if !recipients.iter().any(is_known) {
                let given = mailbox.address().to_owned();
                recipients.push(Recipient { wire, given });
            }
        }
    }
    match recipients.is_empty() {
        true => Err(SendError::invalid_field(
            "To",
            "no recipient is left in To, Cc and Bcc",
        )),
        false => Ok(recipients),
    }
}

fn content(message: &Message, id: &str, defaults: &Defaults) -> Result<Vec<u8>, SendError> {
    let mut builder = lettre::Message::builder()
        .date_now()
        .message_id(Some(format!("<{id}>")))
        .subject(message.subject())
        .from(header_mailbox(message.from(), Field("From", None))?);
    for (field, list, add) in [
        (
            "To",
            message.to().collect::<Vec<_>>(),
            MessageBuilder::to as Add,
        ),
        ("Cc", message.cc().collect(), MessageBuilder::cc),
        (
            "ReplyTo",
            message.reply_to().iter().collect(),
            MessageBuilder::reply_to,
        ),
    ] {
        for (place, mailbox) in list.into_iter().enumerate() {
            builder = add(builder, header_mailbox(mailbox, Field(field, Some(place)))?);
        }
    }
    if message.to().next().is_none() && message.cc().next().is_none() {
        builder = builder.raw_header(undisclosed());
    }
    let mut repeated = Headers::new();
    let mut lines = String::new();
    for header in header::of(message)?
        .into_iter()
        .chain(metadata::of(message)?)
    {
        match header {
            header::Header::First(value) => builder = builder.raw_header(value),
            // lettre keeps one of each name. Above all others, so that a signature is about the one below.
            header::Header::Again(value) => {
                repeated.insert_raw(value);
                lines.push_str(&std::mem::take(&mut repeated).to_string());
            }
        }
    }
    // An envelope of its own: lettre would take it from the headers, which do not name everybody.
    let envelope = lettre::address::Envelope::new(
        None,
        vec![wire_address(message.from(), Field("From", None))?],
    );
    let builder = builder.envelope(envelope.map_err(|error| unbuildable(&error))?);
    let mut built = match body::of(message)? {
        body::Body::Single(part) => builder.singlepart(part),
        body::Body::Multi(parts) => builder.multipart(parts),
    }
    .map_err(|error| unbuildable(&error))?;
    if let Some(dkim) = &defaults.dkim {
        built.sign(dkim);
    }
    let mut content = lines.into_bytes();
    content.append(&mut built.formatted());
    wire::checked(content)
}

type Add = fn(MessageBuilder, HeaderMailbox) -> MessageBuilder;

/// A message for Bcc alone: some servers refuse one that names nobody.
fn undisclosed() -> HeaderValue {
    let nobody = "undisclosed-recipients:;".to_owned();
    HeaderValue::dangerous_new_pre_encoded(
        HeaderName::new_from_ascii_str("To"),
        nobody.clone(),
        nobody,
    )
}

fn unbuildable(error: &lettre::error::Error) -> SendError {
    SendError::unsupported(
        "message",
        format!("smtp: the message cannot be put into MIME: {error}"),
    )
}
