//! Accepting a message: the checks that need the account, the ledger entry, and the delivery that follows.

use serde::Serialize;
use uuid::Uuid;

use super::Postmark;
use super::account::{Sent, Server, State};
use super::answer::{ApiError, Envelope, partly_inactive};
use super::bounce_type::BounceType;
use super::caller::Caller;
use super::config::AccountState;
use super::content::Content;
use super::limits;
use super::message::Draft;
use super::templates;
use super::time::{eastern, zulu};
use crate::simulator::ledger::LedgerEntry;
use crate::simulator::senders::Standing;
use crate::simulator::{Fault, InactiveWording};

/// The answer to an accepted message.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Accepted {
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
    submitted_at: String,
    #[serde(rename = "MessageID")]
    message_id: Uuid,
    /// Left out of the "delayed" answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    error_code: Option<u32>,
    message: String,
}

/// An item of a batch answer.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Item {
    Accepted(Accepted),
    Refused(Envelope),
}

/// Where in a request a message stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Alone,
    InBatch(usize),
}

/// Recipients, split by the stream's suppression list; lower case.
struct Split {
    active: Vec<String>,
    inactive: Vec<String>,
}

impl Postmark {
    /// Checks a message and takes responsibility for it.
    pub(super) fn accept(
        &self,
        caller: &Caller,
        draft: Draft,
        place: Place,
    ) -> Result<Accepted, ApiError> {
        let server = &caller.server;
        let mut state = server.state();
        check_stream(&state, &draft.stream)?;
        let rendered = templates::fill_in(&state, draft)?;
        let content = limits::check(rendered.draft, !rendered.failed)?;
        if !server.test {
            self.check_sender(&content)?;
            check_account(server, &content)?;
        }
        let split = split_recipients(&state, &content);
        self.check_suppressions(&split, caller, place)?;

        let answer = self.answer(server, caller, &content, &split);
        if server.test {
            return Ok(answer);
        }
        self.ledger
            .record(self.ledger_entry(caller, &content, &split, &answer, place));
        let id = answer.message_id;
        state.keep(Sent {
            id,
            accepted_at: self.clock.now(),
            content,
            recipients: split.active.clone(),
            mailboxes: Vec::new(),
            events: Vec::new(),
        });
        if rendered.failed {
            for recipient in &split.active {
                self.bounced(
                    server,
                    &mut state,
                    &id,
                    recipient,
                    BounceType::TEMPLATE_RENDERING_FAILED,
                );
            }
        } else {
            self.deliver(server, &mut state, &id);
        }
        Ok(answer)
    }

    fn check_sender(&self, content: &Content) -> Result<(), ApiError> {
        let from = &content.from.email;
        match self.senders.standing(from) {
            Standing::Confirmed => Ok(()),
            Standing::Unconfirmed => Err(ApiError::unprocessable(
                401,
                format!("The Sender Signature '{from}' has not been confirmed."),
            )),
            Standing::Unknown => Err(ApiError::unprocessable(
                400,
                format!(
                    "The 'From' address you supplied ({from}) is not a Sender Signature on your account. Please add and \
                     confirm this address in order to be able to use it in the 'From' field of your messages."
                ),
            )),
        }
    }

    fn check_suppressions(
        &self,
        split: &Split,
        caller: &Caller,
        place: Place,
    ) -> Result<(), ApiError> {
        if let Some(Fault::Inactive { wording }) = &caller.context.fault {
            let everybody = [split.active.clone(), split.inactive.clone()].concat();
            return Err(ApiError::inactive(&everybody, *wording));
        }
        if !split.active.is_empty() {
            return Ok(());
        }
        let usual = match place {
            Place::Alone => InactiveWording::Clients,
            Place::InBatch(_) => InactiveWording::Documented,
        };
        Err(ApiError::inactive(
            &split.inactive,
            self.inactive_wording.unwrap_or(usual),
        ))
    }

    fn answer(
        &self,
        server: &Server,
        caller: &Caller,
        content: &Content,
        split: &Split,
    ) -> Accepted {
        let now = self.clock.now();
        let delayed = matches!(caller.context.fault, Some(Fault::Delayed {}));
        let message = match (delayed, server.test, split.inactive.is_empty()) {
            (true, _, _) => "Message accepted, but delivery may be delayed.".to_owned(),
            (_, _, false) => partly_inactive(&split.inactive),
            (_, true, _) => "Test job accepted".to_owned(),
            _ => "OK".to_owned(),
        };
        Accepted {
            to: content.written.to.clone().filter(|to| !to.is_empty()),
            submitted_at: if delayed { zulu(now) } else { eastern(now) },
            message_id: Uuid::new_v4(),
            error_code: (!delayed).then_some(0),
            message,
        }
    }

    fn ledger_entry(
        &self,
        caller: &Caller,
        content: &Content,
        split: &Split,
        answer: &Accepted,
        place: Place,
    ) -> LedgerEntry {
        LedgerEntry {
            message_id: answer.message_id.to_string(),
            tracking_id: content.tracking_id().map(str::to_owned),
            account: caller.server.name.clone(),
            stream: content.stream.clone(),
            recipients: split.active.clone(),
            suppressed: split.inactive.clone(),
            subject: content.subject.clone(),
            tag: content.tag.clone(),
            accepted_at: self.clock.now(),
            request: caller.context.request,
            connection: caller.context.connection,
            item: match place {
                Place::Alone => 0,
                Place::InBatch(item) => item,
            },
        }
    }
}

fn check_stream(state: &State, id: &str) -> Result<(), ApiError> {
    let stream = state
        .stream(id)
        .ok_or_else(|| ApiError::no_such_stream(id))?;
    match stream.can_send() {
        true => Ok(()),
        false => Err(ApiError::unprocessable(
            1236,
            format!("The stream provided: '{id}' cannot be used to send."),
        )),
    }
}

fn check_account(server: &Server, content: &Content) -> Result<(), ApiError> {
    let refuse = |code, text: &str| Err(ApiError::unprocessable(code, text));
    let own = content.from.domain();
    match server.account {
        AccountState::Approved => Ok(()),
        AccountState::PendingApproval if content.recipients().all(|it| it.domain() == own) => {
            Ok(())
        }
        AccountState::PendingApproval => refuse(
            412,
            "While your account is pending approval, all recipient addresses must share the same domain as the 'From' \
             address.",
        ),
        AccountState::NotApproved => refuse(413, "Your account is not approved to send."),
        AccountState::OutOfCredits => refuse(
            405,
            "You are not allowed to send: your account has run out of credits.",
        ),
        AccountState::Invalid => refuse(
            422,
            "The server or account associated with this request is invalid.",
        ),
        AccountState::AddressNotAllowed => refuse(
            1480,
            "The IP address of the caller is not allowed for this server.",
        ),
    }
}

fn split_recipients(state: &State, content: &Content) -> Split {
    let list = state
        .stream(&content.stream)
        .map(|stream| &stream.suppressions);
    let mut split = Split {
        active: Vec::new(),
        inactive: Vec::new(),
    };
    for mailbox in content.recipients() {
        let key = mailbox.key();
        let suppressed = list.is_some_and(|list| list.contains_key(&key));
        let side = if suppressed {
            &mut split.inactive
        } else {
            &mut split.active
        };
        if !side.contains(&key) {
            side.push(key);
        }
    }
    split
}

impl Item {
    pub(super) fn of(result: Result<Accepted, ApiError>) -> Self {
        match result {
            Ok(accepted) => Self::Accepted(accepted),
            Err(error) => Self::Refused(error.envelope()),
        }
    }
}
