//! `/healthz` and `/readyz`, for whatever watches the process.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use plugin_host::Readiness;

use super::App;

/// The process answers.
pub(crate) async fn alive() -> &'static str {
    "ok\n"
}

/// Every route has a provider; lists the providers that were refused.
pub(crate) async fn ready(app: State<App>) -> (StatusCode, Json<Readiness>) {
    let readiness = app.host.readiness();
    let status = if readiness.ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, Json(readiness))
}
