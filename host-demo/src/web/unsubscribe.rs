//! `POST /api/DoNotContact/ProcessUnsubscribe`: the CRM or a mail service reports that somebody wants no more mail.

use axum::Json;
use axum::extract::{Request, State};
use plugin_host::UnsubscribeError;
use serde_json::{Value, json};

use super::{App, Problem, callback};

/// Answers after the commit. A message nobody knows is answered like one that is known, so that ids cannot be tried out.
pub(crate) async fn process(app: State<App>, request: Request) -> Result<Json<Value>, Problem> {
    if app.unsubscribe.gatekeeper.is_empty() {
        return Err(Problem::unauthorized(
            "The host's configuration names nobody who may report an unsubscribe; set basic_auth or header in [unsubscribe].",
        ));
    }
    let request = callback::take(&app, &app.unsubscribe, request).await?;
    match app.host.process_unsubscribe(request).await {
        Ok(answer) => Ok(Json(json!({
            "message": "OK",
            "callsInFlight": answer.calls_in_flight,
        }))),
        Err(fault @ (UnsubscribeError::Malformed(_) | UnsubscribeError::Unrecognised)) => {
            Err(Problem::bad_request(fault.to_string()))
        }
        Err(fault) => {
            tracing::error!(error = %fault, "an unsubscribe was not recorded");
            Err(Problem::unavailable(
                "The unsubscribe could not be recorded; send it again later.",
            ))
        }
    }
}
