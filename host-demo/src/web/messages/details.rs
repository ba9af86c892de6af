//! One message: details, source, calling it back.

use axum::Json;
use axum::extract::{Path, Query, State};
use plugin_host::{CancelOutcome, MessageKey, StoreError};
use serde_json::{Value, json};

use super::parameters::{Pairs, text};
use super::{form, mime, search};
use crate::web::callers::Sender;
use crate::web::spoken::Postmark;
use crate::web::{App, Caller, PostmarkError};

/// Too late to call a message back.
const TOO_LATE: u32 = 10410;
/// The id is that of several messages.
const AMBIGUOUS: u32 = 10411;

/// `GET /messages/outbound/{MessageID}/details`
pub(crate) async fn details(
    app: State<App>,
    Sender(caller): Sender,
    Postmark(Path(id)): Postmark<Path<String>>,
    Postmark(Query(pairs)): Postmark<Query<Pairs>>,
) -> Result<Json<Value>, PostmarkError> {
    let key = key(&caller, &id, &pairs)?;
    let view = app
        .host
        .message(&key)
        .await
        .map_err(unreadable)?
        .ok_or_else(unknown)?;
    let content = app
        .host
        .content(&key)
        .await
        .map_err(unreadable)?
        .ok_or_else(unknown)?;
    let decisions = app.host.decisions(&key).await.map_err(unreadable)?;
    Ok(Json(form::details(&view, &content, &decisions)))
}

/// `GET /messages/outbound/{MessageID}/dump`
pub(crate) async fn dump(
    app: State<App>,
    Sender(caller): Sender,
    Postmark(Path(id)): Postmark<Path<String>>,
    Postmark(Query(pairs)): Postmark<Query<Pairs>>,
) -> Result<Json<Value>, PostmarkError> {
    let key = key(&caller, &id, &pairs)?;
    let view = app
        .host
        .message(&key)
        .await
        .map_err(unreadable)?
        .ok_or_else(unknown)?;
    let content = app
        .host
        .content(&key)
        .await
        .map_err(unreadable)?
        .ok_or_else(unknown)?;
    Ok(Json(
        json!({ "Body": mime::source(&content, view.summary.accepted_at) }),
    ))
}

/// `DELETE /messages/outbound/{MessageID}`: calls it back while no provider has been asked.
pub(crate) async fn cancel(
    app: State<App>,
    Sender(caller): Sender,
    Postmark(Path(id)): Postmark<Path<String>>,
    Postmark(Query(pairs)): Postmark<Query<Pairs>>,
) -> Result<Json<Value>, PostmarkError> {
    let key = key(&caller, &id, &pairs)?;
    let outcome = app.host.cancel(&key).await.map_err(unreadable)?;
    match outcome {
        CancelOutcome::Cancelled => Ok(Json(json!({ "ErrorCode": 0, "Message": "OK" }))),
        CancelOutcome::TooLate(state) => Err(PostmarkError::unprocessable(
            TOO_LATE,
            format!("The message cannot be called back any more: it is {state}."),
        )),
        CancelOutcome::Unknown => Err(unknown()),
    }
}

/// Ids are one account's own. A caller who reads several accounts may name one: `?AccountUID=…`.
fn key(caller: &Caller, id: &str, pairs: &[(String, String)]) -> Result<MessageKey, PostmarkError> {
    let tracking_id = id.parse().map_err(|_| unknown())?;
    let key = caller.message(tracking_id, text(pairs, "accountuid"));
    key.ok_or_else(unknown)
}

fn unreadable(fault: StoreError) -> PostmarkError {
    match fault {
        StoreError::Ambiguous { .. } => PostmarkError::unprocessable(
            AMBIGUOUS,
            format!("{fault}: add `?AccountUID=…`, or use a token of that account."),
        ),
        fault => search::unreadable(fault),
    }
}

/// A message of another account is as unknown as one that never was.
fn unknown() -> PostmarkError {
    PostmarkError::unprocessable(701, "This message was not found.")
}
