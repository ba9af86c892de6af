//! `POST /v3/mail/send`: the checks that need the account, the ledger entries, and the delivery that follows.

use std::collections::HashSet;
use std::mem;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State as Shared;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;

use super::Sendgrid;
use super::account::{Mail, Person, Sent, State};
use super::answer::{NO_SUBJECT, Problem, Refusal};
use super::caller::Caller;
use super::config::SendgridStanding;
use super::delivery::Course;
use super::message::{Body, Request};
use super::templates::Unfilled;
use crate::simulator::ledger::LedgerEntry;
use crate::simulator::senders::Standing;

/// The manual says 30 MB; this is the smaller reading.
pub(super) const LARGEST_REQUEST: usize = 30_000_000;

/// `POST /v3/mail/send`
pub(super) async fn send(
    Shared(sendgrid): Shared<Arc<Sendgrid>>,
    caller: Caller,
    body: Bytes,
) -> Result<Response, Refusal> {
    caller.may(&["mail.send"])?;
    if body.len() > LARGEST_REQUEST {
        return Err(Refusal::too_large());
    }
    let now = sendgrid.clock.now();
    let request = Request::read(&caller.json(body)?, now)?;
    sendgrid.check_account(&request)?;
    let sandbox = request.sandbox;
    let mails = sendgrid.fill_in(request)?;
    if sandbox {
        return Ok(StatusCode::OK.into_response());
    }
    let id = sendgrid.accept(&caller, mails, now);
    Ok((StatusCode::ACCEPTED, [("X-Message-Id", id)]).into_response())
}

impl Sendgrid {
    fn check_account(&self, request: &Request) -> Result<(), Refusal> {
        match self.standing {
            SendgridStanding::Active => {}
            SendgridStanding::Suspended => {
                let why = "Your account is under review and may not send.";
                return Err(Refusal::new(StatusCode::FORBIDDEN, why));
            }
            SendgridStanding::OutOfCredits => {
                let why = "Maximum credits exceeded";
                return Err(Refusal::new(StatusCode::UNAUTHORIZED, why));
            }
        }
        let own = request
            .personalizations
            .iter()
            .filter_map(|it| it.from.as_ref());
        let mut senders = own.chain([&request.letter.from]);
        if senders.any(|from| self.senders.standing(&from.email) != Standing::Confirmed) {
            return Err(Refusal::unverified_sender());
        }
        let state = self.state();
        match request.letter.group {
            Some(group) if state.group(group).is_none() => {
                let why = "The group_id is not one of this account's unsubscribe groups.";
                let problem = Problem::of_field("asm.group_id", why);
                Err(Refusal::invalid(vec![problem]))
            }
            _ => Ok(()),
        }
    }

    /// What each personalization's people get; the refusal names all that get nothing.
    fn fill_in(&self, request: Request) -> Result<Vec<Mail>, Refusal> {
        let mut letter = request.letter;
        let shared: Arc<[Body]> = mem::take(&mut letter.content).into();
        let letter = Arc::new(letter);
        let (mut mails, mut problems) = (Vec::new(), Vec::new());
        for (place, own) in request.personalizations.into_iter().enumerate() {
            match self.templates.fill_in(&letter, &shared, &own) {
                Ok((subject, content)) => {
                    let letter = Arc::clone(&letter);
                    mails.push(Mail {
                        letter,
                        own,
                        subject,
                        content,
                    });
                }
                Err(unfilled) => problems.push(problem(place, &unfilled)),
            }
        }
        problems.dedup();
        match problems.is_empty() {
            true => Ok(mails),
            false => Err(Refusal::invalid(problems)),
        }
    }

    /// Takes responsibility for mails; the id they share.
    fn accept(self: &Arc<Self>, caller: &Caller, mails: Vec<Mail>, now: Timestamp) -> String {
        let id = super::new_id();
        let course = Course::of(caller.context.fault.as_ref());
        let (mut state, mut events) = (self.state(), Vec::new());
        for (place, mail) in mails.into_iter().enumerate() {
            let people = people(&state, &mail, course);
            let sent = Sent {
                id: id.clone(),
                place,
                accepted_at: now,
                mail,
                people,
            };
            self.ledger.record(self.ledger_entry(caller, &sent));
            let due = sent.mail.send_at();
            let kept = state.keep(sent);
            events.extend(self.deliver_when_due(&mut state, kept, due, course));
        }
        self.fire(&state, &events);
        id
    }

    fn ledger_entry(&self, caller: &Caller, sent: &Sent) -> LedgerEntry {
        let addresses = |dropped: bool| {
            let people = sent.people.iter();
            let these = people.filter(|person| person.dropped.is_some() == dropped);
            these.map(|person| person.address.clone()).collect()
        };
        let letter = &sent.mail.letter;
        LedgerEntry {
            message_id: sent.id.clone(),
            tracking_id: sent.mail.tracking_id(),
            account: self.username.clone(),
            stream: letter.group.map(|id| id.to_string()).unwrap_or_default(),
            recipients: addresses(false),
            suppressed: addresses(true),
            subject: sent.mail.subject.clone(),
            tag: letter.categories.first().cloned(),
            accepted_at: sent.accepted_at,
            request: caller.context.request,
            connection: caller.context.connection,
            item: sent.place,
        }
    }
}

/// Everybody once, with the reason why nothing is sent to some.
fn people(state: &State, mail: &Mail, course: Course) -> Vec<Person> {
    let mut seen = HashSet::new();
    let keys = mail.own.people().map(|(_, mailbox)| mailbox.key());
    let once = keys.filter(|key| seen.insert(key.clone()));
    let person = |address: String| Person {
        dropped: match course {
            Course::Dropped => Some("Unsubscribed Address"),
            Course::Usual | Course::Deferred => drop_reason(state, mail, &address),
        },
        address,
        has_copy: false,
        history: Vec::new(),
    };
    once.map(person).collect()
}

fn drop_reason(state: &State, mail: &Mail, address: &str) -> Option<&'static str> {
    let bypass = mail.letter.bypass;
    let group = mail.letter.group.and_then(|id| state.group(id));
    let left = group.is_some_and(|group| group.members.contains_key(address));
    match left && !bypass.unsubscribes {
        true => Some("Unsubscribed Address"),
        false => state.lists.drop_reason(address, bypass),
    }
}

fn problem(place: usize, unfilled: &Unfilled) -> Problem {
    match unfilled {
        Unfilled::NoSuchTemplate => Problem::of_field(
            "template_id",
            "The template_id is not one of this account's templates.",
        ),
        Unfilled::NoSubject => Problem::of_field("subject", NO_SUBJECT),
        Unfilled::Failed(why) => Problem::of_field(
            format!("personalizations.{place}.dynamic_template_data"),
            format!("The template cannot be filled in: {why}"),
        ),
    }
}
