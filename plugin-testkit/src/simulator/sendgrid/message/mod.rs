//! A request to send, read from its JSON and checked against every rule that needs no look at the account.

mod attachment;
mod letter;
mod limits;
mod mailbox;
mod personalization;
mod settings;

pub(super) use attachment::Attachment;
pub(super) use letter::{Body, Letter};
pub(super) use mailbox::{Mailbox, is_address};
pub(super) use personalization::Personalization;
pub(super) use settings::{Bypass, Subscription, Tracking};

use jiff::Timestamp;
use serde_json::Value;

use super::answer::{Problem, Refusal};
use super::reader::{Problems, Reader};

/// What a caller asks to be sent: one letter, and who gets it.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) letter: Letter,
    pub(super) personalizations: Vec<Personalization>,
    /// Whether it is to be checked only.
    pub(super) sandbox: bool,
}

impl Request {
    /// Reads and checks; the refusal names everything that is wrong.
    pub(super) fn read(value: &Value, now: Timestamp) -> Result<Self, Refusal> {
        if !value.is_object() {
            return Err(Refusal::bad_request("Bad Request"));
        }
        let problems = Problems::default();
        let document = Reader::new(value, &problems);
        let letter = Letter::read(&document);
        let personalizations: Vec<Personalization> = document
            .at("personalizations")
            .items()
            .iter()
            .map(Personalization::read)
            .collect();
        let request = letter.map(|letter| Self {
            letter,
            personalizations,
            sandbox: settings::sandbox(&document),
        });
        if let Some(request) = &request {
            limits::check(request, &problems, now);
        }
        match (request, problems.take()) {
            (Some(request), problems) if problems.is_empty() => Ok(request),
            (_, problems) => Err(Refusal::invalid(once_each(problems))),
        }
    }
}

/// The same field may be looked at twice.
fn once_each(problems: Vec<Problem>) -> Vec<Problem> {
    let mut once = Vec::with_capacity(problems.len());
    for problem in problems {
        if !once.contains(&problem) {
            once.push(problem);
        }
    }
    once
}
