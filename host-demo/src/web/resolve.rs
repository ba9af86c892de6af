//! `POST /api/messages/{MessageID}/resolve`: a person has found out what became of a message in doubt.

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use plugin_host::{Resolution, ResolveOutcome, StoreError};
use serde::Deserialize;
use serde_json::{Value, json};

use super::callers::Reader;
use super::spoken::Own;
use super::{App, Problem, body};

const LARGEST: usize = 64 * 1024;
/// Characters of each text: they stand in tables.
const LONGEST: usize = 500;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    account: Option<String>,
    sent: bool,
    provider_message_id: Option<String>,
    by: Option<String>,
    reason: Option<String>,
}

/// Answers after the commit, with the state the message is in then.
pub(crate) async fn resolve(
    app: State<App>,
    Reader(caller): Reader,
    Own(Path(id)): Own<Path<String>>,
    request: Request,
) -> Result<Json<Value>, Problem> {
    let unknown = || Problem::not_found("There is no message with this id.");
    let tracking_id = id.parse().map_err(|_| unknown())?;
    let (account, word) = said(&app, request).await?;
    let key = caller.message(tracking_id, account).ok_or_else(unknown)?;
    match app.host.resolve(&key, &word).await.map_err(failed)? {
        ResolveOutcome::Resolved => {}
        ResolveOutcome::Unknown => return Err(unknown()),
        outcome => {
            let why = format!("Nothing was changed: {outcome}.");
            return Err(Problem::new(StatusCode::CONFLICT, why));
        }
    }
    let view = app.host.message(&key).await.map_err(failed)?;
    let state = view.ok_or_else(unknown)?.summary.state;
    Ok(Json(
        json!({ "tracking_id": key.tracking_id.to_string(), "state": state }),
    ))
}

fn failed(fault: StoreError) -> Problem {
    if let StoreError::Ambiguous { .. } = fault {
        return Problem::new(
            StatusCode::CONFLICT,
            format!("Nothing was changed: {fault} (`account`)."),
        );
    }
    tracing::error!(error = %fault, "a resolution was not recorded");
    Problem::unavailable("The resolution could not be recorded; say it again later.")
}

/// The account that was named, and the word.
async fn said(app: &App, request: Request) -> Result<(Option<String>, Resolution), Problem> {
    // A page elsewhere can make a browser post a form with the credentials it keeps, but not JSON.
    if !body::is_json(request.headers()) {
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "The `Content-Type` must be `application/json`.",
        ));
    }
    let bytes = body::read(request, LARGEST, app.request_timeout).await?;
    let said: Said = serde_json::from_slice(&bytes).map_err(|fault| {
        Problem::bad_request(format!(
            "Expected a JSON object with `sent` (true or false) and, if known, `account`, `provider_message_id`, `by` and `reason`: {fault}."
        ))
    })?;
    if said.provider_message_id.is_some() && !said.sent {
        return Err(Problem::bad_request(
            "A message that was not sent has no `provider_message_id`.",
        ));
    }
    let word = Resolution {
        sent: said.sent,
        provider_message_id: short("provider_message_id", said.provider_message_id)?,
        by: short("by", said.by)?.unwrap_or_else(|| "a caller of the HTTP API".to_owned()),
        reason: short("reason", said.reason)?,
    };
    Ok((said.account, word))
}

/// One line, and not too long for the record; nothing when it is empty.
fn short(field: &str, text: Option<String>) -> Result<Option<String>, Problem> {
    let text = text.map(|text| text.trim().to_owned());
    match text {
        Some(text) if text.chars().count() > LONGEST || text.contains(char::is_control) => {
            Err(Problem::bad_request(format!(
                "`{field}` must be one line of at most {LONGEST} characters."
            )))
        }
        text => Ok(text.filter(|text| !text.is_empty())),
    }
}
