//! What recipients do with a mail after delivery.

use serde_json::json;

use super::Sendgrid;
use super::account::{Sent, State};
use super::delivery::BounceKind;
use super::event::{RECIPIENT_IP, USER_AGENT};
use super::lists::ListName;
use super::unsubscribe::{Leaves, leaves};
use crate::simulator::html::first_link;
use crate::simulator::{RecipientAction, Trigger, TriggerError};

impl Sendgrid {
    /// Lets one recipient of one mail act.
    pub(super) fn act(&self, trigger: &Trigger) -> Result<(), TriggerError> {
        let mut state = self.state();
        let (place, person) = find(&state, trigger)?;
        match &trigger.action {
            RecipientAction::Open => self.opens(&mut state, place, person),
            RecipientAction::Click { link } => {
                self.clicks(&mut state, place, person, link.as_deref())
            }
            RecipientAction::Complain => {
                let event = self.happens(&mut state, place, person, "spamreport", json!({}));
                self.fire(&state, event.as_slice());
                Ok(())
            }
            RecipientAction::Bounce { kind } => {
                let kind = BounceKind::named(kind.as_deref().unwrap_or("bounce"));
                let kind = kind.ok_or(TriggerError::NotTracked(
                    "there is no such kind of bounce: `bounce` and `blocked` are known",
                ))?;
                let event = self.bounces(&mut state, place, person, kind);
                self.fire(&state, event.as_slice());
                Ok(())
            }
            RecipientAction::Unsubscribe => {
                let leaves = link_of(&state, place)?;
                self.unsubscribes(&mut state, place, person, leaves);
                Ok(())
            }
            RecipientAction::Resubscribe => {
                let leaves = link_of(&state, place)?;
                self.resubscribes(&mut state, place, person, leaves);
                Ok(())
            }
        }
    }

    fn opens(&self, state: &mut State, place: usize, person: usize) -> Result<(), TriggerError> {
        let mail = state.message(place).map(|sent| &sent.mail);
        let tracked = mail.is_some_and(|mail| {
            mail.body("text/html").is_some()
                && mail.letter.tracking.opens.unwrap_or(self.track_opens)
        });
        if !tracked {
            return Err(TriggerError::NotTracked(
                "nobody notices that it is opened: send a text/html content, with open tracking on in the message or the account",
            ));
        }
        let fields =
            json!({ "useragent": USER_AGENT, "ip": RECIPIENT_IP, "sg_machine_open": false });
        let event = self.happens(state, place, person, "open", fields);
        self.fire(state, event.as_slice());
        Ok(())
    }

    fn clicks(
        &self,
        state: &mut State,
        place: usize,
        person: usize,
        link: Option<&str>,
    ) -> Result<(), TriggerError> {
        let sent = state.message(place).ok_or(TriggerError::NotARecipient)?;
        let tracking = &sent.mail.letter.tracking;
        if !tracking.clicks.unwrap_or(self.track_clicks) {
            return Err(TriggerError::NotTracked(
                "nobody notices the click: switch click tracking on in the message or the account",
            ));
        }
        let link = link.map(str::to_owned).or_else(|| link_in(sent));
        let link = link.ok_or(TriggerError::NotTracked(
            "the message has no http link to click",
        ))?;
        let fields = json!({
            "url": link,
            "url_offset": { "index": 0, "type": "html" },
            "useragent": USER_AGENT,
            "ip": RECIPIENT_IP,
        });
        let event = self.happens(state, place, person, "click", fields);
        self.fire(state, event.as_slice());
        Ok(())
    }

    /// The person confirmed on the page; a second time changes nothing.
    pub(super) fn unsubscribes(
        &self,
        state: &mut State,
        place: usize,
        person: usize,
        leaves: Leaves,
    ) {
        let Some((address, url)) = self.reader(state, place, person, leaves) else {
            return;
        };
        let now = self.clock.now();
        let event = match leaves {
            Leaves::Everything => {
                if state.lists.find(ListName::Unsubscribes, &address).is_some() {
                    return;
                }
                self.happens(state, place, person, "unsubscribe", json!({}))
            }
            Leaves::Group(id) => {
                let group = state.group_mut(id);
                if group.is_none_or(|group| group.members.insert(address, now).is_some()) {
                    return;
                }
                let fields = group_fields(id, &url);
                self.happens(state, place, person, "group_unsubscribe", fields)
            }
        };
        self.fire(state, event.as_slice());
    }

    /// The person took it back. Of a return to everything, no event is documented.
    pub(super) fn resubscribes(
        &self,
        state: &mut State,
        place: usize,
        person: usize,
        leaves: Leaves,
    ) {
        let Some((address, url)) = self.reader(state, place, person, leaves) else {
            return;
        };
        match leaves {
            Leaves::Everything => {
                state.lists.remove(ListName::Unsubscribes, &address);
            }
            Leaves::Group(id) => {
                let group = state.group_mut(id);
                if group.is_some_and(|group| group.members.remove(&address).is_some()) {
                    let fields = group_fields(id, &url);
                    let event = self.happens(state, place, person, "group_resubscribe", fields);
                    self.fire(state, event.as_slice());
                }
            }
        }
    }

    /// The person's address and the link followed.
    fn reader(
        &self,
        state: &State,
        place: usize,
        person: usize,
        leaves: Leaves,
    ) -> Option<(String, String)> {
        let sent = state.message(place)?;
        let address = sent.people.get(person)?.address.clone();
        Some((address, self.link(sent, person, leaves)))
    }
}

fn group_fields(id: u64, url: &str) -> serde_json::Value {
    json!({ "asm_group_id": id, "url": url, "useragent": USER_AGENT, "ip": RECIPIENT_IP })
}

fn link_of(state: &State, place: usize) -> Result<Leaves, TriggerError> {
    let found = state.message(place).and_then(|sent| leaves(&sent.mail));
    found.ok_or(TriggerError::NotTracked(
        "the message has no unsubscribe link of the service's: send it with `asm` or with subscription tracking",
    ))
}

/// A mail by the id of its request and who it went to, or the newest by the sender's id; and the person in it.
fn find(state: &State, trigger: &Trigger) -> Result<(usize, usize), TriggerError> {
    let id = trigger.message_id.split('.').next().unwrap_or_default();
    let mut places = state.of_request(id).to_vec();
    if places.is_empty() {
        let is_it = |sent: &Sent| {
            let own = sent.mail.tracking_id();
            own.is_some_and(|it| it.eq_ignore_ascii_case(&trigger.message_id))
        };
        places.extend(state.messages().iter().rposition(is_it));
    }
    if places.is_empty() {
        return Err(TriggerError::UnknownMessage(trigger.message_id.clone()));
    }
    let wanted = trigger.recipient.as_deref();
    let person = |place: usize| {
        let people = &state.message(place)?.people;
        let found = people.iter().position(|person| {
            let is_wanted = wanted.is_none_or(|it| person.address.eq_ignore_ascii_case(it));
            is_wanted && person.dropped.is_none()
        });
        Some((place, found?))
    };
    let found = places.into_iter().find_map(person);
    found.ok_or(TriggerError::NotARecipient)
}

fn link_in(sent: &Sent) -> Option<String> {
    let mail = &sent.mail;
    first_link(mail.body("text/html").or(mail.body("text/plain"))?)
}
