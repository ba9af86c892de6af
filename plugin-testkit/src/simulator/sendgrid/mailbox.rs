//! The copies people find in their mailboxes, made when somebody looks, so that bodies are kept once.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Sendgrid;
use super::account::Sent;
use super::message::{Attachment, Mailbox};
use super::unsubscribe::{Leaves, Links, with_links};
use crate::simulator::{DeliveredAttachment, DeliveredCopy, DeliveredHeader};

/// Whose copy of which mail a link is in, and what it leads out of.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) request: String,
    pub(super) place: usize,
    pub(super) person: usize,
    pub(super) leaves_everything: bool,
}

impl Sendgrid {
    /// Copies delivered to an address, oldest first.
    pub(super) fn delivered_to(&self, address: &str) -> Vec<DeliveredCopy> {
        let address = address.to_ascii_lowercase();
        let state = self.state();
        let copies = state.messages().iter().flat_map(|sent| {
            let theirs = sent.people.iter().enumerate();
            let theirs = theirs.filter(|(_, it)| it.has_copy && it.address == address);
            theirs.map(|(person, _)| self.copy(sent, person))
        });
        copies.collect()
    }

    fn copy(&self, sent: &Sent, person: usize) -> DeliveredCopy {
        let mail = &sent.mail;
        let linked = with_links(mail, &self.links(sent, person));
        let mut headers = vec![DeliveredHeader::new("X-SG-Id", sent.id.as_str())];
        headers.extend(
            mail.headers()
                .into_iter()
                .map(|(name, value)| DeliveredHeader::new(name, value)),
        );
        let has_own = headers
            .iter()
            .any(|it| it.name.eq_ignore_ascii_case("List-Unsubscribe"));
        if let (Some(url), false) = (&linked.url, has_own) {
            headers.push(DeliveredHeader::new("List-Unsubscribe", format!("<{url}>")));
            let one_click = "List-Unsubscribe=One-Click";
            headers.push(DeliveredHeader::new("List-Unsubscribe-Post", one_click));
        }
        DeliveredCopy {
            message_id: sent.id.clone(),
            tracking_id: mail.tracking_id(),
            message_stream: mail
                .letter
                .group
                .map(|id| id.to_string())
                .unwrap_or_default(),
            from: mail.from().written(),
            to: written(&mail.own.to),
            cc: written(&mail.own.cc),
            reply_to: written(&mail.letter.reply_to),
            subject: mail.subject.clone(),
            received_at: sent.accepted_at.to_string(),
            html_body: linked.html,
            text_body: linked.text,
            headers,
            attachments: mail.letter.attachments.iter().map(attachment).collect(),
            unsubscribe_url: linked.url,
        }
    }

    /// The links of one recipient's copy.
    pub(super) fn links(&self, sent: &Sent, person: usize) -> Links {
        let (base, place) = (&self.public_url, sent.place);
        let link = |out| format!("{base}/unsubscribe/{}.{place}.{person}.{out}", sent.id);
        Links {
            group: sent.mail.letter.group.map(|_| link("group")),
            everything: link("all"),
        }
    }

    pub(super) fn link(&self, sent: &Sent, person: usize, leaves: Leaves) -> String {
        let links = self.links(sent, person);
        match leaves {
            Leaves::Everything => links.everything,
            Leaves::Group(_) => links.group.unwrap_or(links.everything),
        }
    }
}

impl Token {
    pub(super) fn read(token: &str) -> Option<Self> {
        let mut parts = token.split('.');
        let token = Self {
            request: parts.next()?.to_owned(),
            place: parts.next()?.parse().ok()?,
            person: parts.next()?.parse().ok()?,
            leaves_everything: match parts.next()? {
                "all" => true,
                "group" => false,
                _ => return None,
            },
        };
        parts.next().is_none().then_some(token)
    }
}

fn written(list: &[Mailbox]) -> String {
    let list: Vec<String> = list.iter().map(Mailbox::written).collect();
    list.join(", ")
}

fn attachment(attachment: &Attachment) -> DeliveredAttachment {
    DeliveredAttachment {
        name: attachment.name.clone(),
        content_type: attachment.content_type.clone(),
        content_id: attachment.content_id.clone(),
        content_length: attachment.content.len(),
        content: STANDARD.encode(&attachment.content),
    }
}
