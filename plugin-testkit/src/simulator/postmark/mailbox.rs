//! The copies people find in their mailboxes, made when somebody looks, so that bodies are kept once.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use uuid::Uuid;

use super::Postmark;
use super::account::{Sent, State};
use super::config::UnsubscribeHandling;
use super::time::eastern;
use super::unsubscribe::with_link;
use crate::simulator::{DeliveredAttachment, DeliveredCopy, DeliveredHeader};

impl Postmark {
    /// Copies delivered to an address on any server, oldest first on each.
    pub(super) fn delivered_to(&self, address: &str) -> Vec<DeliveredCopy> {
        let address = address.to_ascii_lowercase();
        let mut copies = Vec::new();
        for server in self.servers() {
            let state = server.state();
            let theirs = state
                .messages
                .iter()
                .filter(|sent| sent.mailboxes.contains(&address));
            copies.extend(theirs.map(|sent| self.copy(&state, sent, &address)));
        }
        copies
    }

    fn copy(&self, state: &State, sent: &Sent, recipient: &str) -> DeliveredCopy {
        let content = &sent.content;
        let handling = state
            .stream(&content.stream)
            .map_or(UnsubscribeHandling::None, |it| it.config.unsubscribe);
        let url = self.unsubscribe_url(sent, recipient);
        let bodies = with_link(
            content.html.as_deref(),
            content.text.as_deref(),
            handling,
            &url,
        );
        let mut headers = vec![DeliveredHeader::new("X-PM-Message-Id", sent.id.to_string())];
        headers.extend(
            content
                .tag
                .as_ref()
                .map(|tag| DeliveredHeader::new("X-PM-Tag", tag.clone())),
        );
        headers.extend(
            content
                .headers
                .iter()
                .map(|it| DeliveredHeader::new(it.name.as_str(), it.value.as_str())),
        );
        if handling == UnsubscribeHandling::Postmark {
            headers.push(DeliveredHeader::new("List-Unsubscribe", format!("<{url}>")));
            headers.push(DeliveredHeader::new(
                "List-Unsubscribe-Post",
                "List-Unsubscribe=One-Click",
            ));
        }
        DeliveredCopy {
            message_id: sent.id.to_string(),
            tracking_id: content.tracking_id().map(str::to_owned),
            message_stream: content.stream.clone(),
            from: content.written.from.clone(),
            to: content.written.to.clone().unwrap_or_default(),
            cc: content.written.cc.clone(),
            reply_to: content.written.reply_to.clone(),
            subject: content.subject.clone(),
            received_at: eastern(sent.accepted_at),
            html_body: bodies.html,
            text_body: bodies.text,
            headers,
            attachments: content.attachments.iter().map(attachment).collect(),
            unsubscribe_url: bodies.has_link.then_some(url),
        }
    }

    /// One link per recipient: the message and the recipient's place in it.
    fn unsubscribe_url(&self, sent: &Sent, recipient: &str) -> String {
        let place = sent
            .recipients
            .iter()
            .position(|it| it == recipient)
            .unwrap_or_default();
        format!(
            "{}/unsubscribe/{}.{place}",
            self.public_url,
            sent.id.simple()
        )
    }
}

/// The message and recipient's place a link stands for.
pub(super) fn read_token(token: &str) -> Option<(Uuid, usize)> {
    let (id, place) = token.split_once('.')?;
    Some((id.parse().ok()?, place.parse().ok()?))
}

fn attachment(attachment: &super::attachment::Attachment) -> DeliveredAttachment {
    DeliveredAttachment {
        name: attachment.name.clone(),
        content_type: attachment.content_type.clone(),
        content_id: attachment.content_id.clone(),
        content_length: attachment.content.len(),
        content: STANDARD.encode(&attachment.content),
    }
}
