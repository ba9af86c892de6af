//! `/healthz` and `/readyz`, for whatever watches the process.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use plugin_host::{ProviderStatus, Readiness, RefusedProvider};
use serde_json::{Value, json};

use super::App;

/// The process answers.
pub(crate) async fn alive() -> &'static str {
    "ok\n"
}

/// Every route has a provider. Anybody may ask, so names and kinds are all that is shown; whoever presents a token that is bound to no
/// account reads also which files were refused and why.
pub(crate) async fn ready(app: State<App>, headers: HeaderMap) -> (StatusCode, Json<Value>) {
    let readiness = app.host.readiness();
    let caller = app.tokens.person(&headers);
    let is_operator = caller.is_some_and(|caller| caller.account.is_none());
    let status = if readiness.ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (
        status,
        Json(shown(&readiness, &app.host.providers(), is_operator)),
    )
}

fn shown(readiness: &Readiness, running: &[ProviderStatus], is_operator: bool) -> Value {
    let running = running.iter().map(|one| of_running(one, is_operator));
    let refused: Vec<Value> = readiness
        .refused
        .iter()
        .map(|one| of_refused(one, is_operator))
        .collect();
    json!({
        "ready": readiness.ready,
        "routes_without_provider": readiness.routes_without_provider,
        "providers": running.chain(refused.iter().cloned()).collect::<Vec<_>>(),
        "refused": refused,
    })
}

fn of_running(provider: &ProviderStatus, is_operator: bool) -> Value {
    let state = match provider.circuit() {
        "open" => "resting",
        _ => "running",
    };
    let mut shown = json!({ "name": provider.name, "state": state });
    if is_operator {
        shown["plugin"] = format!("{} {}", provider.plugin, provider.version).into();
        shown["problem"] = provider.problem.as_deref().into();
    }
    shown
}

fn of_refused(provider: &RefusedProvider, is_operator: bool) -> Value {
    let mut shown = json!({ "name": provider.name, "state": "refused", "kind": provider.kind });
    if is_operator {
        shown["library"] = provider.library.as_str().into();
        shown["reason"] = provider.reason.as_str().into();
    }
    shown
}
