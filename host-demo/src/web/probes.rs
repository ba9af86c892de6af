//! `/healthz` and `/readyz`, for whatever watches the process.

use axum::Json;
use axum::extract::State;
use axum::http::header::SERVER;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use plugin_host::{Host, PauseSubject, ProviderStatus, Readiness, RefusedProvider};
use serde_json::{Value, json};

use super::App;

/// What this program calls itself where it answers, so that nobody takes another program on its port for it.
pub(crate) const SERVER_NAME: &str = "host-demo";

/// The process answers.
pub(crate) async fn alive() -> impl IntoResponse {
    ([(SERVER, SERVER_NAME)], "ok\n")
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
    (status, Json(shown(&readiness, &app.host, is_operator)))
}

fn shown(readiness: &Readiness, host: &Host, is_operator: bool) -> Value {
    let pauses = host.pauses();
    let is_paused = |subject, name: &str| {
        pauses
            .iter()
            .any(|pause| pause.subject == subject && pause.name == name)
    };
    let running: Vec<Value> = host
        .providers()
        .iter()
        .map(|one| {
            let is_paused = is_paused(PauseSubject::Provider, &one.name);
            of_running(one, is_paused, is_operator)
        })
        .collect();
    let routes = pauses.iter().filter(|it| it.subject == PauseSubject::Route);
    let refused: Vec<Value> = readiness
        .refused
        .iter()
        .map(|one| of_refused(one, is_operator))
        .collect();
    json!({
        "ready": readiness.ready,
        "routes_without_provider": readiness.routes_without_provider,
        "paused_routes": routes.map(|pause| pause.name.as_str()).collect::<Vec<_>>(),
        "providers": ([running, refused.clone()].concat()),
        "refused": refused,
    })
}

fn of_running(provider: &ProviderStatus, is_paused: bool, is_operator: bool) -> Value {
    let state = match provider.circuit() {
        _ if is_paused => "paused",
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
