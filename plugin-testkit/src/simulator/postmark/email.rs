//! The four paths that send.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use serde_json::Value;

use super::Postmark;
use super::answer::ApiError;
use super::caller::{Caller, json_body};
use super::fields::Fields;
use super::limits::LARGEST_MESSAGE;
use super::message::Draft;
use super::send::{Item, Place};

const LONGEST_BATCH: usize = 500;

type Read = fn(Value) -> Result<Draft, ApiError>;

/// `POST /email`
pub(super) async fn single(
    postmark: State<Arc<Postmark>>,
    caller: Caller,
    body: Bytes,
) -> Result<Response, ApiError> {
    one(&postmark, &caller, body, Draft::plain)
}

/// `POST /email/withTemplate`
pub(super) async fn with_template(
    postmark: State<Arc<Postmark>>,
    caller: Caller,
    body: Bytes,
) -> Result<Response, ApiError> {
    one(&postmark, &caller, body, Draft::templated)
}

/// `POST /email/batch`: a bare list.
pub(super) async fn batch(
    postmark: State<Arc<Postmark>>,
    caller: Caller,
    body: Bytes,
) -> Result<Response, ApiError> {
    let Value::Array(items) = json_body(body)? else {
        return Err(ApiError::wrong_fields(&["Body".into()]));
    };
    many(&postmark, &caller, items, Draft::plain)
}

/// `POST /email/batchWithTemplates`: a list under `Messages`.
pub(super) async fn batch_with_templates(
    postmark: State<Arc<Postmark>>,
    caller: Caller,
    body: Bytes,
) -> Result<Response, ApiError> {
    let mut fields = Fields::of(json_body(body)?)?;
    let Some(items) = fields.list("Messages") else {
        return Err(ApiError::wrong_fields(&["Messages".into()]));
    };
    many(&postmark, &caller, items, Draft::templated)
}

fn one(
    postmark: &Postmark,
    caller: &Caller,
    body: Bytes,
    read: Read,
) -> Result<Response, ApiError> {
    if body.len() > LARGEST_MESSAGE {
        return Err(ApiError::too_large("10 MB"));
    }
    let draft = read(json_body(body)?)?;
    Ok(Json(postmark.accept(caller, draft, Place::Alone)?).into_response())
}

/// A field of the wrong type refuses the whole request before any message of it is accepted; every other refusal is the
/// item's own.
fn many(
    postmark: &Postmark,
    caller: &Caller,
    items: Vec<Value>,
    read: Read,
) -> Result<Response, ApiError> {
    let drafts: Vec<Draft> = items.into_iter().map(read).collect::<Result<_, _>>()?;
    if drafts.len() > LONGEST_BATCH {
        return Err(ApiError::batch_too_long());
    }
    let accept = |(item, draft)| Item::of(postmark.accept(caller, draft, Place::InBatch(item)));
    let answers: Vec<Item> = drafts.into_iter().enumerate().map(accept).collect();
    Ok(Json(answers).into_response())
}
