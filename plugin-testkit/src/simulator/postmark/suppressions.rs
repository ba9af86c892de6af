//! The suppression list of each stream: how addresses get on it and off it.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State as Shared};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};
use uuid::Uuid;

use super::Postmark;
use super::account::{Origin, Server, State, Stream, Suppression, SuppressionReason};
use super::address::is_address;
use super::answer::ApiError;
use super::caller::{Caller, json_body};
use super::event::SubscriptionChange;
use super::fields::Fields;
use super::hooks::EventKind;
use super::params::Params;
use super::time::{after_date, eastern_seconds, from_date};

const MOST_CHANGES: usize = 50;

/// Why an address is suppressed.
pub(super) struct Cause<'a> {
    pub(super) reason: SuppressionReason,
    pub(super) origin: Origin,
    /// The message that led to it, if one did.
    pub(super) message: Option<&'a Uuid>,
}

impl Postmark {
    /// Puts an address on a stream's list and tells the host; nothing happens when it is on it already.
    pub(super) fn suppress(
        &self,
        server: &Server,
        state: &mut State,
        stream: &str,
        address: &str,
        cause: &Cause<'_>,
    ) {
        let at = self.clock.now();
        let (reason, origin) = (cause.reason, cause.origin);
        let recipient = address.to_ascii_lowercase();
        let Some(list) = state
            .stream_mut(stream)
            .map(|stream| &mut stream.suppressions)
        else {
            return;
        };
        if list.contains_key(&recipient) {
            return;
        }
        list.insert(
            recipient.clone(),
            Suppression {
                reason,
                origin,
                created_at: at,
            },
        );
        let sent = cause.message.and_then(|id| state.message(id));
        let change = SubscriptionChange {
            stream,
            recipient: &recipient,
            origin,
            suppressed: Some(reason),
            sent,
            at,
        };
        self.fire(
            state,
            stream,
            EventKind::SubscriptionChange,
            change.body(server),
        );
    }

    /// Takes an address off a stream's list and tells the host; nothing happens when it is not on it.
    pub(super) fn reactivate(
        &self,
        server: &Server,
        state: &mut State,
        stream: &str,
        address: &str,
        origin: Origin,
    ) {
        let recipient = address.to_ascii_lowercase();
        let removed = state
            .stream_mut(stream)
            .and_then(|stream| stream.suppressions.remove(&recipient));
        if removed.is_some() {
            let at = self.clock.now();
            let change = SubscriptionChange {
                stream,
                recipient: &recipient,
                origin,
                suppressed: None,
                sent: None,
                at,
            };
            self.fire(
                state,
                stream,
                EventKind::SubscriptionChange,
                change.body(server),
            );
        }
    }
}

/// `GET /message-streams/{id}/suppressions/dump`
pub(super) async fn dump(
    caller: Caller,
    Path(stream): Path<String>,
    params: Params,
) -> Result<Response, ApiError> {
    let state = caller.server.state();
    let stream = known(&state, &stream)?;
    let from = params.date("fromdate", from_date, 1400)?;
    let until = params.date("todate", after_date, 1400)?;
    let equals = |name: &str, found: &str| {
        params
            .get(name)
            .is_none_or(|wanted| wanted.eq_ignore_ascii_case(found))
    };
    let listed: Vec<Value> = stream
        .suppressions
        .iter()
        .filter(|(address, it)| {
            equals("SuppressionReason", it.reason.name())
                && equals("Origin", it.origin.name())
                && equals("EmailAddress", address)
                && from.is_none_or(|from| it.created_at >= from)
                && until.is_none_or(|until| it.created_at < until)
        })
        .map(|(address, it)| {
            json!({
                "EmailAddress": address,
                "SuppressionReason": it.reason.name(),
                "Origin": it.origin.name(),
                "CreatedAt": eastern_seconds(it.created_at),
            })
        })
        .collect();
    Ok(Json(json!({ "Suppressions": listed })).into_response())
}

/// `POST /message-streams/{id}/suppressions`
pub(super) async fn add(
    Shared(postmark): Shared<Arc<Postmark>>,
    caller: Caller,
    Path(stream): Path<String>,
    body: Bytes,
) -> Result<Response, ApiError> {
    let mut state = caller.server.state();
    known(&state, &stream)?;
    let answers: Vec<Value> = addresses(body)?
        .iter()
        .map(|address| {
            if !is_address(address) {
                return failed(address, "An invalid email address was provided.");
            }
            let (reason, origin) = (SuppressionReason::ManualSuppression, Origin::Customer);
            let cause = Cause {
                reason,
                origin,
                message: None,
            };
            postmark.suppress(&caller.server, &mut state, &stream, address, &cause);
            json!({ "EmailAddress": address, "Status": "Suppressed", "Message": null })
        })
        .collect();
    Ok(Json(json!({ "Suppressions": answers })).into_response())
}

/// `POST /message-streams/{id}/suppressions/delete`
pub(super) async fn delete(
    Shared(postmark): Shared<Arc<Postmark>>,
    caller: Caller,
    Path(stream): Path<String>,
    body: Bytes,
) -> Result<Response, ApiError> {
    let mut state = caller.server.state();
    known(&state, &stream)?;
    let answers: Vec<Value> = addresses(body)?
        .iter()
        .map(|address| {
            if !is_address(address) {
                return failed(address, "An invalid email address was provided.");
            }
            if !may_delete(&state, &stream, address) {
                return failed(
                    address,
                    "You do not have the required authority to change this suppression.",
                );
            }
            postmark.reactivate(
                &caller.server,
                &mut state,
                &stream,
                address,
                Origin::Customer,
            );
            json!({ "EmailAddress": address, "Status": "Deleted", "Message": null })
        })
        .collect();
    Ok(Json(json!({ "Suppressions": answers })).into_response())
}

fn known<'a>(state: &'a State, stream: &str) -> Result<&'a Stream, ApiError> {
    let unknown = || {
        ApiError::unprocessable(
            1226,
            format!("The message stream '{stream}' was not found."),
        )
    };
    state.stream(stream).ok_or_else(unknown)
}

/// The customer can take back its own entries and hard bounces; never a complaint, never a person's own unsubscribe.
fn may_delete(state: &State, stream: &str, address: &str) -> bool {
    let list = state.stream(stream).map(|stream| &stream.suppressions);
    list.and_then(|list| list.get(&address.to_ascii_lowercase()))
        .is_none_or(|entry| {
            matches!(
                (entry.origin, entry.reason),
                (Origin::Customer, SuppressionReason::ManualSuppression)
                    | (Origin::Recipient, SuppressionReason::HardBounce)
            )
        })
}

fn addresses(body: Bytes) -> Result<Vec<String>, ApiError> {
    let mut fields = Fields::of(json_body(body)?)?;
    let missing = || {
        ApiError::unprocessable(
            1409,
            "The request body needs a list 'Suppressions' of objects with 'EmailAddress'.",
        )
    };
    let addresses = fields.objects("Suppressions", |entry| {
        entry.text("EmailAddress").unwrap_or_default()
    });
    fields.finish().map_err(|_| missing())?;
    match addresses.len() {
        0 => Err(missing()),
        1..=MOST_CHANGES => Ok(addresses),
        _ => Err(ApiError::unprocessable(
            1410,
            "You may only change up to 50 suppressions in a single request.",
        )),
    }
}

fn failed(address: &str, why: &str) -> Value {
    json!({ "EmailAddress": address, "Status": "Failed", "Message": why })
}
