//! What becomes of an accepted mail at the other end: dropped, delivered, late, or sent back, as lists and addresses say.
//!
//! Addresses `…@sink.sendgrid.net` swallow mail, as the service's own do. Those at `event-testing.sendgrid.net` are the simulator's: their
//! local part (`bounce`, `blocked`, `deferred`, `invalid`, `spamreport`) says what happens.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::Sendgrid;
use super::account::{Happening, State};
use super::event;
use super::lists::{Entry, ListName};
use crate::simulator::Fault;
use crate::simulator::webhooks::LaneEvent;

const SINK: &str = "@sink.sendgrid.net";
const TESTING: &str = "@event-testing.sendgrid.net";

/// What a fault makes of all of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Course {
    Usual,
    Dropped,
    Deferred,
}

/// How the other server refuses for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BounceKind {
    Bounce,
    Blocked,
}

/// What happens next to one person's copy.
type Step = (&'static str, Value);

impl Course {
    pub(super) fn of(fault: Option<&Fault>) -> Self {
        match fault {
            Some(Fault::Inactive { .. }) => Self::Dropped,
            Some(Fault::Delayed {}) => Self::Deferred,
            _ => Self::Usual,
        }
    }
}

impl BounceKind {
    pub(super) fn named(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "bounce" | "hard_bounce" | "hardbounce" => Some(Self::Bounce),
            "blocked" | "block" | "soft_bounce" | "softbounce" => Some(Self::Blocked),
            _ => None,
        }
    }

    fn fields(self) -> Value {
        match self {
            Self::Bounce => json!({
                "type": "bounce",
                "reason": "550 5.1.1 The email account that you tried to reach does not exist",
                "status": "5.1.1",
                "bounce_classification": "Invalid Address",
            }),
            Self::Blocked => json!({
                "type": "blocked",
                "reason": "421 4.7.0 Temporarily rejected because of the sender's reputation",
                "status": "4.7.0",
                "bounce_classification": "Reputation",
            }),
        }
    }

    fn list(self) -> ListName {
        match self {
            Self::Bounce => ListName::Bounces,
            Self::Blocked => ListName::Blocks,
        }
    }
}

impl Sendgrid {
    /// Delivers now, or at the time the sender asked for; the events of what happened now.
    pub(super) fn deliver_when_due(
        self: &Arc<Self>,
        state: &mut State,
        place: usize,
        due: Option<i64>,
        course: Course,
    ) -> Vec<LaneEvent> {
        let due = due.and_then(|at| Timestamp::from_second(at).ok());
        let Some(at) = due.filter(|at| *at > self.clock.now()) else {
            return self.deliver(state, place, course);
        };
        let sendgrid = Arc::clone(self);
        self.webhooks.at(at, move || {
            let mut state = sendgrid.state();
            let events = sendgrid.deliver(&mut state, place, course);
            sendgrid.fire(&state, &events);
        });
        Vec::new()
    }

    /// Delivers to everybody the mail is for.
    fn deliver(&self, state: &mut State, place: usize, course: Course) -> Vec<LaneEvent> {
        let people = state.message(place).map_or(0, |sent| sent.people.len());
        let mut events = Vec::new();
        for person in 0..people {
            for (kind, fields) in course_of(state, place, person, course) {
                events.extend(self.happens(state, place, person, kind, fields));
            }
        }
        events
    }

    /// Records what happens to a person's copy, with what it changes for the account; the event to post.
    pub(super) fn happens(
        &self,
        state: &mut State,
        place: usize,
        person: usize,
        kind: &'static str,
        fields: Value,
    ) -> Option<LaneEvent> {
        let at = self.clock.now();
        let sent = state.message_mut(place)?;
        let event = event::of(sent, person, kind, at, &fields);
        let one = sent.people.get_mut(person)?;
        if kind == "delivered" {
            one.has_copy = !one.address.ends_with(SINK);
        }
        let (address, listed) = (one.address.clone(), listed(kind, &fields, at));
        one.history.push(Happening { kind, at, fields });
        if let Some((list, entry)) = listed {
            state.lists.add(list, &address, entry);
        }
        Some(event)
    }

    /// Sends a copy back.
    pub(super) fn bounces(
        &self,
        state: &mut State,
        place: usize,
        person: usize,
        kind: BounceKind,
    ) -> Option<LaneEvent> {
        self.happens(state, place, person, "bounce", kind.fields())
    }
}

/// The list an event puts its address on.
fn listed(kind: &str, fields: &Value, created: Timestamp) -> Option<(ListName, Entry)> {
    let text = |name: &str| fields[name].as_str().unwrap_or_default().to_owned();
    let list = match kind {
        "bounce" => BounceKind::named(&text("type"))?.list(),
        "spamreport" => ListName::SpamReports,
        "unsubscribe" => ListName::Unsubscribes,
        "dropped" if fields["reason"] == "Invalid" => ListName::InvalidEmails,
        _ => return None,
    };
    let (reason, status) = (text("reason"), text("status"));
    let entry = Entry {
        created,
        reason,
        status,
    };
    Some((list, entry))
}

fn course_of(state: &State, place: usize, person: usize, course: Course) -> Vec<Step> {
    let Some((sent, one)) = state
        .message(place)
        .and_then(|sent| Some((sent, sent.people.get(person)?)))
    else {
        return Vec::new();
    };
    let testing = one.address.strip_suffix(TESTING);
    if let Some(reason) = one.dropped {
        return vec![("dropped", json!({ "reason": reason }))];
    }
    if testing == Some("invalid") {
        return vec![("dropped", json!({ "reason": "Invalid" }))];
    }
    let processed = match sent.mail.send_at() {
        Some(at) => json!({ "send_at": at }),
        None => json!({}),
    };
    let mut steps = vec![("processed", processed)];
    if course == Course::Deferred || testing == Some("deferred") {
        let response = "451 4.7.1 Try again later";
        steps.push(("deferred", json!({ "response": response, "attempt": "1" })));
    }
    if let Some(kind) = testing.and_then(BounceKind::named) {
        steps.push(("bounce", kind.fields()));
        return steps;
    }
    steps.push(("delivered", json!({ "response": "250 2.0.0 OK", "tls": 1 })));
    if testing == Some("spamreport") {
        steps.push(("spamreport", json!({})));
    }
    steps
}
