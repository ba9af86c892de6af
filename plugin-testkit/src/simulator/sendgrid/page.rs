//! The pages behind unsubscribe links: of a group, or of everything the account sends.

use std::sync::Arc;

use axum::extract::{Path, State as Shared};
use axum::response::Response;

use super::Sendgrid;
use super::account::State;
use super::lists::ListName;
use super::mailbox::Token;
use super::unsubscribe::Leaves;
use crate::simulator::page::{takes_back, unknown_link, unsubscribing};

/// Who stands before the page.
struct Visitor {
    message: usize,
    person: usize,
    address: String,
    leaves: Leaves,
}

/// `GET /unsubscribe/{token}`
pub(super) async fn show(
    Shared(sendgrid): Shared<Arc<Sendgrid>>,
    Path(token): Path<String>,
) -> Response {
    let state = sendgrid.state();
    match visitor(&state, &token) {
        Some(visitor) => visitor.page(&state),
        None => unknown_link(),
    }
}

/// `POST /unsubscribe/{token}`: confirms, also as RFC 8058's one click; `action=resubscribe` takes it back.
pub(super) async fn act(
    Shared(sendgrid): Shared<Arc<Sendgrid>>,
    Path(token): Path<String>,
    form: String,
) -> Response {
    let mut state = sendgrid.state();
    let Some(visitor) = visitor(&state, &token) else {
        return unknown_link();
    };
    let Visitor {
        message,
        person,
        leaves,
        ..
    } = visitor;
    if takes_back(&form) {
        sendgrid.resubscribes(&mut state, message, person, leaves);
    } else {
        sendgrid.unsubscribes(&mut state, message, person, leaves);
    }
    visitor.page(&state)
}

fn visitor(state: &State, token: &str) -> Option<Visitor> {
    let token = Token::read(token)?;
    let mails = state.of_request(&token.request);
    let message = *mails.get(token.place)?;
    let sent = state.message(message)?;
    let leaves = match token.leaves_everything {
        true => Leaves::Everything,
        false => Leaves::Group(sent.mail.letter.group?),
    };
    Some(Visitor {
        message,
        person: token.person,
        address: sent.people.get(token.person)?.address.clone(),
        leaves,
    })
}

impl Visitor {
    fn page(&self, state: &State) -> Response {
        let (from, left) = match self.leaves {
            Leaves::Everything => {
                let entry = state.lists.find(ListName::Unsubscribes, &self.address);
                ("this sender", entry.is_some())
            }
            Leaves::Group(id) => match state.group(id) {
                Some(group) => (
                    group.name.as_str(),
                    group.members.contains_key(&self.address),
                ),
                None => ("this sender", false),
            },
        };
        unsubscribing(&self.address, from, left)
    }
}
