//! What recipients do with a message after delivery.

use serde_json::json;
use uuid::Uuid;

use super::Postmark;
use super::account::{MessageEvent, Origin, Sent, Server, State, SuppressionReason};
use super::bounce_type::BounceType;
use super::event;
use super::hooks::EventKind;
use super::suppressions::Cause;
use crate::simulator::html::first_link;
use crate::simulator::{RecipientAction, Trigger, TriggerError};

impl Postmark {
    /// Lets one recipient of one message act.
    pub(super) fn act(&self, trigger: &Trigger) -> Result<(), TriggerError> {
        let (server, id) = self
            .find(&trigger.message_id)
            .ok_or_else(|| TriggerError::UnknownMessage(trigger.message_id.clone()))?;
        let mut state = server.state();
        let sent = state
            .message(&id)
            .ok_or_else(|| TriggerError::UnknownMessage(trigger.message_id.clone()))?;
        let person = recipient(sent, trigger.recipient.as_deref())?;
        match &trigger.action {
            RecipientAction::Open => self.opens(server, &mut state, &id, &person),
            RecipientAction::Click { link } => {
                self.clicks(&mut state, &id, &person, link.as_deref())
            }
            RecipientAction::Complain => {
                self.bounced(server, &mut state, &id, &person, BounceType::SPAM_COMPLAINT);
                Ok(())
            }
            RecipientAction::Bounce { kind } => {
                let kind = BounceType::named_by_tester(kind.as_deref().unwrap_or("HardBounce"));
                self.bounced(server, &mut state, &id, &person, kind);
                Ok(())
            }
            RecipientAction::Unsubscribe => {
                self.recipient_unsubscribes(server, &mut state, &id, &person);
                Ok(())
            }
            RecipientAction::Resubscribe => {
                self.recipient_resubscribes(server, &mut state, &id, &person);
                Ok(())
            }
        }
    }

    /// The person confirmed on the page; a second time changes nothing.
    pub(super) fn recipient_unsubscribes(
        &self,
        server: &Server,
        state: &mut State,
        id: &Uuid,
        person: &str,
    ) {
        let Some(stream) = state.message(id).map(|sent| sent.content.stream.clone()) else {
            return;
        };
        if state
            .stream(&stream)
            .is_some_and(|it| it.suppressions.contains_key(person))
        {
            return;
        }
        let cause = Cause {
            reason: SuppressionReason::ManualSuppression,
            origin: Origin::Recipient,
            message: Some(id),
        };
        self.suppress(server, state, &stream, person, &cause);
        self.note_subscription(state, id, person, "True");
    }

    /// The person took the unsubscribe back; complaints and hard bounces stay.
    pub(super) fn recipient_resubscribes(
        &self,
        server: &Server,
        state: &mut State,
        id: &Uuid,
        person: &str,
    ) {
        let Some(stream) = state.message(id).map(|sent| sent.content.stream.clone()) else {
            return;
        };
        let entry = state
            .stream(&stream)
            .and_then(|it| it.suppressions.get(person));
        if entry.is_some_and(|it| {
            it.reason == SuppressionReason::ManualSuppression && it.origin == Origin::Recipient
        }) {
            self.reactivate(server, state, &stream, person, Origin::Recipient);
            self.note_subscription(state, id, person, "False");
        }
    }

    fn note_subscription(
        &self,
        state: &mut State,
        id: &Uuid,
        person: &str,
        suppress_sending: &str,
    ) {
        let at = self.clock.now();
        if let Some(sent) = state.message_mut(id) {
            let details = json!({ "Origin": "Recipient", "SuppressSending": suppress_sending });
            sent.events.push(MessageEvent {
                recipient: person.to_owned(),
                kind: "SubscriptionChanged",
                at,
                details,
            });
        }
    }

    fn opens(
        &self,
        server: &Server,
        state: &mut State,
        id: &Uuid,
        person: &str,
    ) -> Result<(), TriggerError> {
        let at = self.clock.now();
        let Some(sent) = state.message_mut(id) else {
            return Ok(());
        };
        if sent.content.html.is_none() || !(sent.content.track_opens || server.track_opens) {
            return Err(TriggerError::NotTracked(
                "nobody notices that it is opened: send an HtmlBody and TrackOpens true, or track opens on the server",
            ));
        }
        let first = !sent
            .events
            .iter()
            .any(|it| it.kind == "Opened" && it.recipient == person);
        let details = json!({ "Summary": "Email opened with Thunderbird 140.0" });
        sent.events.push(MessageEvent {
            recipient: person.to_owned(),
            kind: "Opened",
            at,
            details,
        });
        let stream = sent.content.stream.clone();
        let body = event::open(sent, person, first, at);
        let kind = if first {
            EventKind::FirstOpen
        } else {
            EventKind::Open
        };
        self.fire(state, &stream, kind, body);
        Ok(())
    }

    /// Posted once per recipient and link.
    fn clicks(
        &self,
        state: &mut State,
        id: &Uuid,
        person: &str,
        link: Option<&str>,
    ) -> Result<(), TriggerError> {
        let at = self.clock.now();
        let Some(sent) = state.message_mut(id) else {
            return Ok(());
        };
        let tracked = sent
            .content
            .track_links
            .as_deref()
            .is_some_and(|it| it != "None");
        let (link, location) = match (tracked, link.map(str::to_owned).or_else(|| link_in(sent))) {
            (false, _) => {
                return Err(TriggerError::NotTracked(
                    "nobody notices the click: send TrackLinks other than None",
                ));
            }
            (true, None) => {
                return Err(TriggerError::NotTracked(
                    "the message has no http link to click",
                ));
            }
            (true, Some(link)) => {
                let in_html = sent
                    .content
                    .html
                    .as_deref()
                    .is_some_and(|body| body.contains(&link));
                (link, if in_html { "HTML" } else { "Text" })
            }
        };
        let again = sent.events.iter().any(|it| {
            it.kind == "LinkClicked" && it.recipient == person && it.details["Link"] == json!(link)
        });
        let details = json!({ "Summary": "Link clicked", "Link": link, "ClickLocation": location });
        sent.events.push(MessageEvent {
            recipient: person.to_owned(),
            kind: "LinkClicked",
            at,
            details,
        });
        let stream = sent.content.stream.clone();
        let body = event::click(sent, person, &link, location, at);
        if !again {
            self.fire(state, &stream, EventKind::Click, body);
        }
        Ok(())
    }

    /// A message by Postmark's id, or the newest by the sender's.
    fn find(&self, id: &str) -> Option<(&std::sync::Arc<Server>, Uuid)> {
        let by_id = id.parse::<Uuid>().ok();
        self.servers().find_map(|server| {
            let state = server.state();
            let known = by_id.filter(|id| state.message(id).is_some());
            let is_it = |sent: &&Sent| {
                sent.content
                    .tracking_id()
                    .is_some_and(|it| it.eq_ignore_ascii_case(id))
            };
            let found =
                known.or_else(|| state.messages.iter().rev().find(is_it).map(|sent| sent.id));
            Some((server, found?))
        })
    }
}

fn recipient(sent: &Sent, wanted: Option<&str>) -> Result<String, TriggerError> {
    let found = match wanted {
        Some(wanted) => sent
            .recipients
            .iter()
            .find(|it| it.eq_ignore_ascii_case(wanted)),
        None => sent.recipients.first(),
    };
    found.cloned().ok_or(TriggerError::NotARecipient)
}

fn link_in(sent: &Sent) -> Option<String> {
    let content = &sent.content;
    first_link(content.html.as_deref().or(content.text.as_deref())?)
}
