//! `POST /webhooks/{provider}`: what a mail service reports.
//!
//! A service drops an event for good on most answers of 4xx, so only a wrong credential gets one; what cannot be read is kept and
//! answered 200, what cannot be stored is answered 503 and comes again.

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use plugin_host::WebhookFault;

use super::spoken::Own;
use super::{App, Problem, callback};

pub(crate) async fn webhook(
    app: State<App>,
    Own(Path(provider)): Own<Path<String>>,
    request: Request,
) -> Result<StatusCode, Problem> {
    let unknown =
        || Problem::not_found("There is no [webhooks] table for a provider of this name.");
    let hook = app.webhooks.get(&provider).ok_or_else(unknown)?;
    let request = callback::take(&app, hook, request).await?;
    match app.host.webhook(&provider, request).await {
        None => Err(Problem::unavailable(
            "The provider of this name is not running; send the event again later.",
        )),
        Some(Ok(_)) => Ok(StatusCode::OK),
        Some(Err(WebhookFault::Unauthenticated(why))) => Err(Problem::unauthorized(why)),
        Some(Err(fault)) => {
            tracing::error!(provider, error = %fault, "a webhook was not kept");
            Err(Problem::unavailable(
                "The event could not be kept; send it again later.",
            ))
        }
    }
}
