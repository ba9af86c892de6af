//! The four sending paths: authenticate, read, check, hand over, answer. An answer of success is given after the commit only.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use plugin_host::Submission;
use serde_json::Value;

use super::answer::{self, Answered};
use super::{Draft, Kind, LARGEST_BATCH, LARGEST_MESSAGE, MOST_MESSAGES};
use crate::web::body;
use crate::web::callers::Sender;
use crate::web::{App, Caller, PostmarkError};

/// `POST /email`
pub(crate) async fn email(
    app: State<App>,
    sender: Sender,
    request: Request,
) -> Result<Response, PostmarkError> {
    single(&app, &sender.0, request, Kind::Plain).await
}

/// `POST /email/withTemplate`
pub(crate) async fn email_with_template(
    app: State<App>,
    sender: Sender,
    request: Request,
) -> Result<Response, PostmarkError> {
    single(&app, &sender.0, request, Kind::Templated).await
}

/// `POST /email/batch`
pub(crate) async fn batch(
    app: State<App>,
    sender: Sender,
    request: Request,
) -> Result<Response, PostmarkError> {
    let key = idempotency_key(request.headers())?;
    match json(&app, request, LARGEST_BATCH).await? {
        Value::Array(messages) => many(&app, &sender.0, messages, Kind::Plain, key).await,
        _ => Err(PostmarkError::unprocessable(
            402,
            "The request body must be a JSON array of messages.",
        )),
    }
}

/// `POST /email/batchWithTemplates`
pub(crate) async fn batch_with_templates(
    app: State<App>,
    sender: Sender,
    request: Request,
) -> Result<Response, PostmarkError> {
    let key = idempotency_key(request.headers())?;
    let mut body = json(&app, request, LARGEST_BATCH).await?;
    match body.get_mut("Messages").map(Value::take) {
        Some(Value::Array(messages)) => many(&app, &sender.0, messages, Kind::Templated, key).await,
        _ => Err(PostmarkError::wrong_fields(&["Messages".to_owned()])),
    }
}

async fn single(
    app: &App,
    caller: &Caller,
    request: Request,
    kind: Kind,
) -> Result<Response, PostmarkError> {
    let key = idempotency_key(request.headers())?;
    let value = json(app, request, LARGEST_MESSAGE).await?;
    let draft = Draft::read(value, kind, caller, key.as_deref())?;
    let mut answers = accept(app, vec![draft]).await;
    let answered = answers.pop().ok_or_else(answer::no_answer)??;
    let repeat = answered.is_repeat;
    let mut response = Json(answered.json).into_response();
    if repeat {
        let name = "Idempotent-Replayed";
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static("true"));
    }
    Ok(response)
}

/// Every message has its own answer, in its place; the request as a whole succeeds, unless nothing was taken and the same may be taken
/// later.
async fn many(
    app: &App,
    caller: &Caller,
    messages: Vec<Value>,
    kind: Kind,
    key: Option<String>,
) -> Result<Response, PostmarkError> {
    if messages.len() > MOST_MESSAGES {
        return Err(PostmarkError::unprocessable(
            410,
            format!(
                "You may only send up to {MOST_MESSAGES} messages in a single batched request."
            ),
        ));
    }
    let read = messages.into_iter().enumerate().map(|(place, message)| {
        let key = key.as_ref().map(|key| format!("{key}\0{place}"));
        Draft::read(message, kind, caller, key.as_deref())
    });
    let (mut refused, mut drafts) = (Vec::new(), Vec::new());
    for draft in read {
        refused.push(draft.map(|draft| drafts.push(draft)).err());
    }
    let mut accepted = accept(app, drafts).await.into_iter();
    let mut next = || accepted.next().unwrap_or_else(|| Err(answer::no_answer()));
    let outcomes: Vec<Result<Answered, PostmarkError>> = refused
        .into_iter()
        .map(|refused| refused.map_or_else(&mut next, Err))
        .collect();
    if let Some(refusal) = taken_later(&outcomes) {
        return Err(refusal.clone());
    }
    let answers: Vec<Value> = outcomes.into_iter().map(item).collect();
    Ok(Json(answers).into_response())
}

/// Why nothing at all was taken, when that is only for now.
fn taken_later(outcomes: &[Result<Answered, PostmarkError>]) -> Option<&PostmarkError> {
    let refusals: Option<Vec<_>> = outcomes.iter().map(|it| it.as_ref().err()).collect();
    let mut refusals = refusals?.into_iter();
    refusals.find(|refusal| refusal.status == StatusCode::SERVICE_UNAVAILABLE)
}

fn item(outcome: Result<Answered, PostmarkError>) -> Value {
    match outcome {
        Ok(answered) => answered.json,
        Err(refusal) => refusal.to_json(),
    }
}

/// Hands the messages over; one answer each, in the same order.
async fn accept(app: &App, drafts: Vec<Draft>) -> Vec<Result<Answered, PostmarkError>> {
    let (tos, submissions): (Vec<_>, Vec<_>) = drafts
        .into_iter()
        .map(|draft| {
            (
                draft.to,
                Submission {
                    message: draft.message,
                    send_at: draft.send_at,
                },
            )
        })
        .unzip();
    let outcomes = app.host.accept(submissions).await;
    let answered = outcomes.into_iter().zip(tos);
    answered
        .map(|(outcome, to)| answer::of(outcome, to))
        .collect()
}

async fn json(app: &App, request: Request, limit: usize) -> Result<Value, PostmarkError> {
    if !body::is_json(request.headers()) {
        return Err(PostmarkError::not_json_type());
    }
    let bytes: Bytes = body::read(request, limit, app.request_timeout).await?;
    serde_json::from_slice(&bytes).map_err(|fault| PostmarkError::not_json(&fault))
}

/// A key of the application's own that makes a repeated request the same message.
fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, PostmarkError> {
    const LONGEST: usize = 255;
    let Some(value) = headers.get("Idempotency-Key") else {
        return Ok(None);
    };
    let key = value.to_str().unwrap_or_default().trim();
    if key.is_empty() || key.len() > LONGEST {
        return Err(PostmarkError::invalid(format!(
            "The 'Idempotency-Key' header must hold 1 to {LONGEST} printable ASCII characters."
        )));
    }
    Ok(Some(key.to_owned()))
}
