//! `POST /api/DoNotContact/ProcessUnsubscribe`: the CRM or a mail service reports that somebody wants no more mail.

use axum::Json;
use axum::extract::{Request, State};
use plugin_host::UnsubscribeError;
use serde_json::{Value, json};

use super::{App, Problem, callback};

/// Answers after the commit. A message nobody knows is answered like one that is known, so that ids cannot be tried out.
///
/// The CRM is told what is wrong with its request. A mail service is not: it drops what is answered 4xx for good and does not accept
/// an address that refuses its trial request, whose form is not documented. What it sent is kept for a person.
pub(crate) async fn process(app: State<App>, request: Request) -> Result<Json<Value>, Problem> {
    if app.unsubscribe.gatekeeper.is_empty() {
        return Err(Problem::unauthorized(
            "The host's configuration names nobody who may report an unsubscribe; set basic_auth or header in [unsubscribe].",
        ));
    }
    let request = callback::take(&app, &app.unsubscribe, request).await?;
    let crm_fault = plugin_api::crm_unsubscribe(&request).err();
    match (app.host.process_unsubscribe(request).await, crm_fault) {
        (Ok(answer), _) => Ok(Json(json!({
            "message": "OK",
            "callsInFlight": answer.calls_in_flight,
        }))),
        (Err(UnsubscribeError::Malformed(_)), Some(fault)) => {
            Err(Problem::bad_request(fault.message))
        }
        (Err(fault @ (UnsubscribeError::Malformed(_) | UnsubscribeError::Unrecognised)), _) => {
            tracing::warn!(error = %fault, "an unsubscribe request was not understood and is kept");
            Ok(Json(
                json!({ "message": format!("Kept, not understood: {fault}") }),
            ))
        }
        (Err(fault), _) => {
            tracing::error!(error = %fault, "an unsubscribe was not recorded");
            Err(Problem::unavailable(
                "The unsubscribe could not be recorded; send it again later.",
            ))
        }
    }
}
