//! Taking messages in.

use std::time::Duration;

use jiff::Timestamp;
use plugin_api::{Message, TrackingId};

use super::Host;
use crate::compliance::AccountKey;
use crate::kill_point::KillPoint;
use crate::routing::{AddressKey, Route, RoutingInput, pick_route};
use crate::store::{AcceptOutcome, NewMessage, StoreError};

/// A message to accept.
#[derive(Debug, Clone)]
pub struct Submission {
    /// Its content, with the tracking id and the account.
    pub message: Message,
    /// Not before this moment.
    pub send_at: Option<Timestamp>,
}

/// A message that is in the outbox. Durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// Its id.
    pub tracking_id: TrackingId,
    /// When it was accepted, the first time.
    pub accepted_at: Timestamp,
    /// Whether the same message had been accepted before; the rest of the answer is then the first one's.
    pub repeat: bool,
    /// Recipients who are left out, by Do Not Contact.
    pub stopped: Vec<String>,
}

/// Why a message is not in the outbox.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AcceptError {
    /// Another message has this id in this account.
    #[error("another message was accepted as {tracking_id}; give each message an id of its own")]
    Conflict {
        /// The id.
        tracking_id: TrackingId,
    },
    /// Stopped by Do Not Contact. It is recorded as suppressed.
    #[error("stopped: {reason}")]
    Suppressed {
        /// The message's id.
        tracking_id: TrackingId,
        /// The recipients it was stopped for.
        addresses: Vec<String>,
        /// Why, without addresses.
        reason: String,
    },
    /// No route takes it.
    #[error("no route takes this message; add one without `match` to take what the others leave")]
    NoRoute,
    /// No room for now.
    #[error("the store takes no more for now; try again in {} s", retry_after.as_secs())]
    Busy {
        /// When to try again.
        retry_after: Duration,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Host {
    /// Accepts messages. Durable when it returns; one outcome each, in the same order.
    pub async fn accept(&self, submissions: Vec<Submission>) -> Vec<Result<Accepted, AcceptError>> {
        if !self.inner.disk.has_room() {
            tracing::error!(
                "the store's disk is nearly full; no messages are accepted until there is room"
            );
            return submissions.iter().map(|_| Err(busy())).collect();
        }
        let now = self.inner.engine.clock.now();
        let routes = &self.inner.engine.routes;
        let mut outcomes = Vec::with_capacity(submissions.len());
        let mut stored = Vec::new();
        for submission in submissions {
            let message = submission.message.clone();
            match pick_route(routes, &routing_input(&message)) {
                Some(route) => {
                    stored.push(new_message(submission, route, now));
                    outcomes.push(Ok(message));
                }
                None => outcomes.push(Err(AcceptError::NoRoute)),
            }
        }
        let first_due = stored.iter().map(NewMessage::not_before).min();
        let mut results = self.inner.store.accept(stored).await.into_iter();
        KillPoint::AfterAccept.reached();
        if let Some(moment) = first_due {
            self.inner.engine.due_at(moment);
        }
        outcomes
            .into_iter()
            .map(|outcome| {
                let message = outcome?;
                let result = results.next().unwrap_or(Err(StoreError::Closed));
                answer(&message, result)
            })
            .collect()
    }
}

fn answer(
    message: &Message,
    result: Result<AcceptOutcome, StoreError>,
) -> Result<Accepted, AcceptError> {
    let tracking_id = message.tracking_id();
    match result {
        Ok(AcceptOutcome::Recorded {
            accepted_at,
            repeat,
            stopped,
        }) => {
            let addresses = addresses(message, &stopped.positions);
            match stopped.whole {
                None => Ok(Accepted {
                    tracking_id,
                    accepted_at,
                    repeat,
                    stopped: addresses,
                }),
                Some(reason) => Err(AcceptError::Suppressed {
                    tracking_id,
                    addresses,
                    reason,
                }),
            }
        }
        Ok(AcceptOutcome::Conflict) => Err(AcceptError::Conflict { tracking_id }),
        Err(error @ (StoreError::NotWritable { .. } | StoreError::Busy(_))) => {
            tracing::error!(%error, "a message could not be stored");
            Err(busy())
        }
        Err(error) => Err(AcceptError::Store(error)),
    }
}

fn busy() -> AcceptError {
    AcceptError::Busy {
        retry_after: Duration::from_secs(30),
    }
}

fn addresses(message: &Message, positions: &[u32]) -> Vec<String> {
    let numbered = (0u32..).zip(message.recipients());
    numbered
        .filter(|(position, _)| positions.contains(position))
        .map(|(_, mailbox)| mailbox.address().to_owned())
        .collect()
}

fn new_message(submission: Submission, route: &Route, now: Timestamp) -> NewMessage {
    NewMessage {
        size: encoded_size(&submission.message),
        message: submission.message,
        route: route.name.clone(),
        essential: route.essential,
        priority: route.priority,
        accepted_at: now,
        send_at: submission.send_at,
    }
}

/// Roughly what the message weighs on a service's wire: bodies as they are, attachments in base64.
fn encoded_size(message: &Message) -> u64 {
    let bodies = message.html_body().map_or(0, str::len) + message.text_body().map_or(0, str::len);
    let files = message
        .attachments()
        .iter()
        .map(|file| file.content().len().div_ceil(3) * 4);
    let size = bodies + files.sum::<usize>() + message.subject().len();
    u64::try_from(size).unwrap_or(u64::MAX)
}

fn routing_input(message: &Message) -> RoutingInput {
    let account = AccountKey::of_optional(message.account_uid());
    RoutingInput {
        tag: message.tag().map(str::to_owned),
        stream: message.stream().map(str::to_owned),
        account: (!account.as_str().is_empty()).then(|| account.as_str().to_owned()),
        recipient_domains: message
            .recipients()
            .map(|mailbox| mailbox.domain().to_owned())
            .collect(),
        lead: message.lead_uid().map(str::to_owned),
        first_to: message
            .to()
            .next()
            .map(|mailbox| AddressKey::of(mailbox.address())),
        tracking_id: message.tracking_id().to_string(),
    }
}
