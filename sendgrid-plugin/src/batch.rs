//! Many messages in as few requests as SendGrid allows, and each message its own outcome.
//!
//! Messages that share everything but recipients, subject, headers and ids go out in one request, as its personalizations: a mailing from
//! one dynamic template is one request. The others go out beside each other. What is not known about a request is not known about its own
//! messages only.

use std::collections::BTreeMap;

use futures_util::{StreamExt as _, stream};
use plugin_api::serde_json::{to_writer, value::RawValue};
use plugin_api::{CallContext, Message, Receipt, SendError};
use plugin_http::Client;
use serde::Serialize;

use crate::SERVICE;
use crate::answer;
use crate::limits::{MAX_PERSONALIZATIONS, MAX_RECIPIENTS, MAX_REQUEST_BYTES};
use crate::message::{Defaults, Letter, Mail};

/// Messages of one call of the host's. SendGrid takes a thousand in a request; more of different content than these would not end before
/// the deadline.
pub(crate) const MAX_MESSAGES: usize = 200;
/// Requests at a time. SendGrid publishes no rate.
const AT_A_TIME: usize = 8;

type Outcome = Result<Receipt, SendError>;

/// One request: a letter and who gets it.
#[derive(Serialize)]
struct Request<'a> {
    personalizations: Vec<Box<RawValue>>,
    #[serde(flatten)]
    letter: Letter<'a>,
    #[serde(skip)]
    messages: Vec<&'a Message>,
    #[serde(skip)]
    places: Vec<usize>,
    #[serde(skip)]
    recipients: usize,
    #[serde(skip)]
    bytes: usize,
}

/// Sends messages; the outcomes are in the order given. A message that SendGrid cannot carry keeps its place and stops no other.
pub(crate) async fn send(
    client: &Client,
    messages: &[Message],
    defaults: &Defaults,
    context: &CallContext,
) -> Vec<Outcome> {
    let mut outcomes: BTreeMap<usize, Outcome> = BTreeMap::new();
    let mut requests: Vec<Request<'_>> = Vec::new();
    // SendGrid refuses a request as a whole, and may not say whose fault it is. So a message that was tried before goes by itself.
    let shares = context.attempt() == 1;
    for (place, message) in messages.iter().enumerate() {
        match Mail::of(message, defaults) {
            Ok(mail) => {
                let fits = requests
                    .iter_mut()
                    .find(|request| shares && request.takes(&mail));
                match fits {
                    Some(request) => request.add(mail, message, place),
                    None => requests.push(Request::of(mail, message, place)),
                }
            }
            Err(error) => {
                outcomes.insert(place, Err(error));
            }
        }
    }
    outcomes.extend(send_all(client, requests, defaults.sandbox, context).await);
    // Every place was either refused above or is in exactly one request, so the values are the outcomes in order.
    outcomes.into_values().collect()
}

impl<'a> Request<'a> {
    fn of(mail: Mail<'a>, message: &'a Message, place: usize) -> Self {
        Self {
            messages: vec![message],
            places: vec![place],
            recipients: mail.recipients,
            bytes: mail.bytes(),
            personalizations: vec![mail.own],
            letter: mail.letter,
        }
    }

    fn takes(&self, mail: &Mail<'_>) -> bool {
        self.messages.len() < MAX_PERSONALIZATIONS
            && self.recipients + mail.recipients <= MAX_RECIPIENTS
            && self.bytes + mail.own.get().len() <= MAX_REQUEST_BYTES
            && self.letter == mail.letter
    }

    fn add(&mut self, mail: Mail<'a>, message: &'a Message, place: usize) {
        self.messages.push(message);
        self.places.push(place);
        self.recipients += mail.recipients;
        self.bytes += mail.own.get().len();
        self.personalizations.push(mail.own);
    }

    fn json(&self) -> Vec<u8> {
        let mut json = Vec::with_capacity(self.bytes);
        to_writer(&mut json, self)
            .expect("texts, numbers and checked JSON always serialise, and a Vec takes every byte");
        json
    }
}

/// The outcome of every message of these requests, with its place.
async fn send_all(
    client: &Client,
    requests: Vec<Request<'_>>,
    sandbox: bool,
    context: &CallContext,
) -> Vec<(usize, Outcome)> {
    let mut sending = Vec::with_capacity(requests.len());
    for request in requests {
        sending.push(send_one(client, request, sandbox, context));
    }
    let answered: Vec<Vec<(usize, Outcome)>> =
        stream::iter(sending).buffered(AT_A_TIME).collect().await;
    answered.into_iter().flatten().collect()
}

/// None begins after the soft deadline: the answers of the others would come too late.
async fn send_one(
    client: &Client,
    request: Request<'_>,
    sandbox: bool,
    context: &CallContext,
) -> Vec<(usize, Outcome)> {
    let outcomes = if context.soft_remaining().is_zero() {
        let late =
            || SendError::unavailable(format!("{SERVICE}: not begun before the soft deadline"));
        request.messages.iter().map(|_| Err(late())).collect()
    } else {
        let url = client.url(&["v3", "mail", "send"]);
        match client.post(url, request.json(), context).await {
            Ok(answer) => answer::outcomes(&answer, &request.messages, sandbox),
            Err(failure) => {
                let failed = || failure.of_send(SERVICE);
                request.messages.iter().map(|_| Err(failed())).collect()
            }
        }
    };
    request.places.into_iter().zip(outcomes).collect()
}
