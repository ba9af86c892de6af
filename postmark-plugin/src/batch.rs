//! Many messages in few requests, and each message its own outcome.
//!
//! Requests hold messages of one kind (plain or template) and one stream, at most 500 of them in at most 50 MB: a refusal of a whole
//! request for its stream then concerns nobody else. What is not known about a request is not known about its own messages only.

use std::collections::BTreeMap;

use plugin_api::{CallContext, Message, Receipt, SendError, SendErrorKind};

use crate::SERVICE;
use crate::answer;
use crate::message::{Defaults, Email, Endpoint};
use plugin_http::Client;

/// Source of both: Postmark's batch manual. The manual says 50 MB; the smaller reading costs one request more at worst.
pub(crate) const MAX_MESSAGES: usize = 500;
pub(crate) const MAX_BYTES: usize = 50_000_000;

type Outcome = Result<Receipt, SendError>;

/// A message with its place in the caller's list.
struct Placed<'a> {
    place: usize,
    message: &'a Message,
    email: Email<'a>,
}

/// A request, and how many messages of a list went into it.
struct Request {
    json: Vec<u8>,
    messages: usize,
}

/// Sends messages; the outcomes are in the order given. A message that Postmark cannot carry keeps its place and stops no other.
pub(crate) async fn send(
    client: &Client,
    messages: &[Message],
    defaults: &Defaults,
    context: &CallContext,
) -> Vec<Outcome> {
    let mut outcomes: BTreeMap<usize, Outcome> = BTreeMap::new();
    let mut groups: BTreeMap<(Endpoint, &str), Vec<Placed<'_>>> = BTreeMap::new();
    for (place, message) in messages.iter().enumerate() {
        match Email::of(message, defaults) {
            Ok(email) => groups
                .entry((email.endpoint(), email.stream()))
                .or_default()
                .push(Placed {
                    place,
                    message,
                    email,
                }),
            Err(error) => {
                outcomes.insert(place, Err(error));
            }
        }
    }
    let mut slow_down = None;
    for ((endpoint, _), group) in &groups {
        let answers = send_group(client, *endpoint, group, context, &mut slow_down).await;
        outcomes.extend(group.iter().map(|placed| placed.place).zip(answers));
    }
    // Every place was either refused above or is in exactly one group, so the values are the outcomes in order.
    outcomes.into_values().collect()
}

/// One request after the other; once Postmark asks to slow down, no further one.
async fn send_group(
    client: &Client,
    endpoint: Endpoint,
    group: &[Placed<'_>],
    context: &CallContext,
    slow_down: &mut Option<SendErrorKind>,
) -> Vec<Outcome> {
    let mut outcomes: Vec<Outcome> = Vec::with_capacity(group.len());
    while outcomes.len() < group.len() {
        let waiting = &group[outcomes.len()..];
        if let Some(kind) = slow_down {
            outcomes.extend(waiting.iter().map(|_| Err(not_sent(kind))));
            break;
        }
        let request = fill(endpoint, waiting, MAX_BYTES);
        let these = &waiting[..request.messages];
        outcomes.extend(send_one(client, endpoint, request, these, context).await);
        *slow_down = outcomes.last().and_then(throttled);
    }
    outcomes
}

fn throttled(outcome: &Outcome) -> Option<SendErrorKind> {
    let kind = &outcome.as_ref().err()?.kind;
    matches!(kind, SendErrorKind::Throttled { .. }).then(|| kind.clone())
}

fn not_sent(kind: &SendErrorKind) -> SendError {
    let says =
        "postmark: not sent, since Postmark asked to slow down at an earlier part of the batch";
    SendError::new(kind.clone(), says)
}

async fn send_one(
    client: &Client,
    endpoint: Endpoint,
    request: Request,
    placed: &[Placed<'_>],
    context: &CallContext,
) -> Vec<Outcome> {
    let url = client.url(match endpoint {
        Endpoint::Email => &["email", "batch"],
        Endpoint::Template => &["email", "batchWithTemplates"],
    });
    match client.post(url, request.json, context).await {
        Ok(answer) => {
            let messages: Vec<&Message> = placed.iter().map(|placed| placed.message).collect();
            answer::batch(&answer, &messages)
        }
        Err(failure) => placed
            .iter()
            .map(|_| Err(failure.of_send(SERVICE)))
            .collect(),
    }
}

/// The longest request that the first of these messages fit into; always at least one.
fn fill(endpoint: Endpoint, waiting: &[Placed<'_>], max_bytes: usize) -> Request {
    let (start, end): (&[u8], &[u8]) = match endpoint {
        Endpoint::Email => (b"[", b"]"),
        Endpoint::Template => (b"{\"Messages\":[", b"]}"),
    };
    let mut request = Request {
        json: start.to_vec(),
        messages: 0,
    };
    for placed in waiting.iter().take(MAX_MESSAGES) {
        let before = request.json.len();
        if request.messages > 0 {
            request.json.push(b',');
        }
        placed.email.write_json(&mut request.json);
        if request.messages > 0 && request.json.len() + end.len() > max_bytes {
            request.json.truncate(before);
            break;
        }
        request.messages += 1;
    }
    request.json.extend_from_slice(end);
    request
}
