//! What becomes of an accepted message at the other end: delivered, or sent back, as the recipient's address says.

use std::sync::atomic::Ordering;

use serde_json::{Value, json};
use uuid::Uuid;

use super::Postmark;
use super::account::{Bounce, MessageEvent, Origin, Server, State, SuppressionReason};
use super::bounce_type::BounceType;
use super::event;
use super::hooks::EventKind;
use super::suppressions::Cause;

const BOUNCE_TESTING: &str = "@bounce-testing.postmarkapp.com";
const BLACK_HOLE: &str = "@blackhole.postmarkapp.com";

/// What the recipient's server does.
enum Fate {
    Delivered { into_mailbox: bool },
    Bounced(BounceType),
}

impl Postmark {
    /// Delivers to every recipient of a message just accepted.
    pub(super) fn deliver(&self, server: &Server, state: &mut State, id: &Uuid) {
        let Some(sent) = state.message(id) else {
            return;
        };
        let fates: Vec<_> = sent
            .recipients
            .iter()
            .map(|recipient| {
                (
                    recipient.clone(),
                    fate(recipient, bounce_header(&sent.content.headers)),
                )
            })
            .collect();
        for (recipient, fate) in fates {
            match fate {
                Fate::Delivered { into_mailbox } => {
                    self.delivered(server, state, id, &recipient, into_mailbox);
                }
                Fate::Bounced(kind) if kind.comes_after_delivery() => {
                    self.delivered(server, state, id, &recipient, true);
                    self.bounced(server, state, id, &recipient, kind);
                }
                Fate::Bounced(kind) => self.bounced(server, state, id, &recipient, kind),
            }
        }
    }

    fn delivered(
        &self,
        server: &Server,
        state: &mut State,
        id: &Uuid,
        recipient: &str,
        into_mailbox: bool,
    ) {
        let at = self.clock.now();
        let Some(sent) = state.message_mut(id) else {
            return;
        };
        if into_mailbox && !server.sandbox {
            sent.mailboxes.push(recipient.to_owned());
        }
        sent.events.push(MessageEvent {
            recipient: recipient.to_owned(),
            kind: "Delivered",
            at,
            details: delivery_details("smtp;250 2.0.0 OK"),
        });
        let stream = sent.content.stream.clone();
        let body = event::delivery(server, sent, recipient, at);
        self.fire(state, &stream, EventKind::Delivery, body);
    }

    /// Records a bounce, suppresses the address if its kind does that, and tells the host.
    pub(super) fn bounced(
        &self,
        server: &Server,
        state: &mut State,
        id: &Uuid,
        recipient: &str,
        kind: BounceType,
    ) {
        let at = self.clock.now();
        let bounce_id = self.next_bounce.fetch_add(1, Ordering::Relaxed);
        let Some(sent) = state.message_mut(id) else {
            return;
        };
        let (event_kind, details) = match kind.is_delay() {
            true => ("Transient", delivery_details(kind.details)),
            false => (
                "Bounced",
                json!({ "Summary": kind.details, "BounceID": bounce_id.to_string() }),
            ),
        };
        sent.events.push(MessageEvent {
            recipient: recipient.to_owned(),
            kind: event_kind,
            at,
            details,
        });
        let bounce = Bounce {
            id: bounce_id,
            kind,
            message: *id,
            stream: sent.content.stream.clone(),
            email: recipient.to_owned(),
            from: sent.content.from.email.clone(),
            subject: sent.content.subject.clone(),
            tag: sent.content.tag.clone(),
            at,
            inactive: kind.deactivates,
        };
        self.tell_of_bounce(server, state, &bounce);
        let stream = bounce.stream.clone();
        state.bounces.push(bounce);
        if kind.deactivates {
            let reason = match kind == BounceType::SPAM_COMPLAINT {
                true => SuppressionReason::SpamComplaint,
                false => SuppressionReason::HardBounce,
            };
            let cause = Cause {
                reason,
                origin: Origin::Recipient,
                message: Some(id),
            };
            self.suppress(server, state, &stream, recipient, &cause);
        }
    }

    fn tell_of_bounce(&self, server: &Server, state: &State, bounce: &Bounce) {
        let Some(sent) = state.message(&bounce.message) else {
            return;
        };
        let kind = match bounce.kind == BounceType::SPAM_COMPLAINT {
            true => EventKind::SpamComplaint,
            false => EventKind::Bounce,
        };
        self.fire_with(state, &bounce.stream, kind, |triggers| {
            let wants_content = match kind {
                EventKind::SpamComplaint => triggers.spam_complaint_content,
                _ => triggers.bounce_content,
            };
            event::bounce(
                server,
                bounce,
                sent,
                wants_content.then(|| super::bounces::dump(bounce)),
            )
        });
    }
}

fn delivery_details(message: &str) -> Value {
    json!({ "DeliveryMessage": message, "DestinationServer": "mx.example.com", "DestinationIP": "192.0.2.25" })
}

fn bounce_header(headers: &[super::message::Header]) -> Option<&str> {
    headers
        .iter()
        .find(|it| it.name.eq_ignore_ascii_case("X-PM-Bounce-Type"))
        .map(|it| it.value.as_str())
}

fn fate(recipient: &str, bounce_header: Option<&str>) -> Fate {
    match recipient.strip_suffix(BOUNCE_TESTING) {
        Some(local) => Fate::Bounced(BounceType::named_by_tester(bounce_header.unwrap_or(local))),
        None => Fate::Delivered {
            into_mailbox: !recipient.ends_with(BLACK_HOLE),
        },
    }
}
