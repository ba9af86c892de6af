//! `/api/pauses`: stopping and resuming a provider or a route while messages come and go. For operators: a token that is bound to an
//! account may not.

use axum::Json;
use axum::extract::{Path, Request, State};
use plugin_host::{PauseError, PauseSubject, UnknownSubject};
use serde::Deserialize;
use serde_json::{Value, json};

use super::callers::Reader;
use super::spoken::Own;
use super::{App, Caller, Problem, body};

type Named = Own<Path<(String, String)>>;

const LARGEST: usize = 64 * 1024;

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Details {
    reason: Option<String>,
}

/// `GET`: those in force.
pub(crate) async fn list(app: State<App>, Reader(caller): Reader) -> Result<Json<Value>, Problem> {
    permitted(&caller)?;
    Ok(Json(json!({ "pauses": app.host.pauses() })))
}

/// `PUT`: no further claims, until resumed. Pausing again changes nothing.
pub(crate) async fn pause(
    app: State<App>,
    Reader(caller): Reader,
    Own(Path((subject, name))): Named,
    request: Request,
) -> Result<Json<Value>, Problem> {
    permitted(&caller)?;
    let subject = parsed(&subject)?;
    let bytes = body::read(request, LARGEST, app.request_timeout).await?;
    let details: Details = match bytes.trim_ascii() {
        [] => Details::default(),
        json => serde_json::from_slice(json).map_err(|fault| {
            Problem::bad_request(format!(
                "Expected nothing, or a JSON object with `reason`: {fault}."
            ))
        })?,
    };
    let reason = details
        .reason
        .unwrap_or_else(|| "no reason given".to_owned());
    app.host
        .pause(subject, &name, &reason)
        .await
        .map_err(refused)?;
    Ok(Json(json!({ "pauses": app.host.pauses() })))
}

/// `DELETE`: what has waited goes out at once.
pub(crate) async fn resume(
    app: State<App>,
    Reader(caller): Reader,
    Own(Path((subject, name))): Named,
) -> Result<Json<Value>, Problem> {
    permitted(&caller)?;
    let resumed = app.host.resume(parsed(&subject)?, &name).await;
    let changed = resumed.map_err(refused)?;
    Ok(Json(
        json!({ "changed": changed, "pauses": app.host.pauses() }),
    ))
}

fn permitted(caller: &Caller) -> Result<(), Problem> {
    if caller.account.is_none() {
        return Ok(());
    }
    Err(Problem::forbidden(
        "Pauses concern every account: present a token that is bound to none.",
    ))
}

fn parsed(subject: &str) -> Result<PauseSubject, Problem> {
    let unknown = |fault: UnknownSubject| Problem::not_found(format!("{fault}."));
    subject.parse().map_err(unknown)
}

fn refused(fault: PauseError) -> Problem {
    match fault {
        PauseError::Unknown { .. } => Problem::not_found(format!("{fault}.")),
        fault => {
            tracing::error!(error = %fault, "a pause was not recorded");
            Problem::unavailable("The store failed; ask again later.")
        }
    }
}
