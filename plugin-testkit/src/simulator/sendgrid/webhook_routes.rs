//! `/v3/user/webhooks/event/settings`: the account's event webhooks and their signing keys. Without an id, the oldest is meant.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State as Shared};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Router, routing::MethodRouter};
use serde_json::{Value, json};

use super::Sendgrid;
use super::account::State;
use super::answer::{Problem, Refusal};
use super::caller::Caller;
use super::config::EventWebhookConfig;
use super::hooks::Hook;
use super::reader::{Problems, Reader};
use super::signature::SigningKey;

const READ: [&str; 2] = [
    "user.webhooks.event.settings.read",
    "user.webhooks.event.settings.update",
];
const UPDATE: [&str; 1] = ["user.webhooks.event.settings.update"];
/// The switches of the settings, and the event each stands for.
const SWITCHES: [(&str, &str); 11] = [
    ("processed", "processed"),
    ("deferred", "deferred"),
    ("delivered", "delivered"),
    ("bounce", "bounce"),
    ("dropped", "dropped"),
    ("open", "open"),
    ("click", "click"),
    ("spam_report", "spamreport"),
    ("unsubscribe", "unsubscribe"),
    ("group_unsubscribe", "group_unsubscribe"),
    ("group_resubscribe", "group_resubscribe"),
];

type Shown = Result<Json<Value>, Refusal>;

/// Every path of the settings.
pub(super) fn routes() -> Router<Arc<Sendgrid>> {
    let base = "/v3/user/webhooks/event/settings";
    let signed: MethodRouter<Arc<Sendgrid>> = get(show_key).patch(switch_signing);
    Router::new()
        .route(base, get(show).post(create).patch(edit))
        .route(&format!("{base}/all"), get(all))
        .route(&format!("{base}/signed"), signed.clone())
        .route(&format!("{base}/signed/{{id}}"), signed)
        .route(
            &format!("{base}/{{id}}"),
            get(show).patch(edit).delete(remove),
        )
}

async fn all(Shared(sendgrid): Shared<Arc<Sendgrid>>, caller: Caller) -> Shown {
    caller.may(&READ)?;
    let state = sendgrid.state();
    let webhooks: Vec<Value> = state.hooks.iter().map(object).collect();
    Ok(Json(json!({ "max_allowed": 5, "webhooks": webhooks })))
}

async fn show(
    Shared(sendgrid): Shared<Arc<Sendgrid>>,
    caller: Caller,
    id: Option<Path<String>>,
) -> Shown {
    caller.may(&READ)?;
    let state = sendgrid.state();
    let place = place(&state, id)?;
    Ok(Json(object(&state.hooks[place])))
}

async fn create(
    Shared(sendgrid): Shared<Arc<Sendgrid>>,
    caller: Caller,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    caller.may(&UPDATE)?;
    let hook = changed(None, &caller.json(body)?)?;
    let shown = object(&hook);
    sendgrid.state().hooks.push(hook);
    Ok((StatusCode::CREATED, Json(shown)))
}

/// Of the oldest webhook where there is none yet: it is made.
async fn edit(
    Shared(sendgrid): Shared<Arc<Sendgrid>>,
    caller: Caller,
    id: Option<Path<String>>,
    body: Bytes,
) -> Shown {
    caller.may(&UPDATE)?;
    let body = caller.json(body)?;
    let mut state = sendgrid.state();
    if id.is_none() && state.hooks.is_empty() {
        let hook = changed(None, &body)?;
        state.hooks.push(hook);
        return Ok(Json(object(&state.hooks[0])));
    }
    let place = place(&state, id)?;
    let hook = changed(Some(&state.hooks[place]), &body)?;
    let shown = object(&hook);
    state.hooks[place] = hook;
    Ok(Json(shown))
}

async fn remove(
    Shared(sendgrid): Shared<Arc<Sendgrid>>,
    caller: Caller,
    id: Path<String>,
) -> Result<StatusCode, Refusal> {
    caller.may(&UPDATE)?;
    let mut state = sendgrid.state();
    let place = place(&state, Some(id))?;
    state.hooks.remove(place);
    Ok(StatusCode::NO_CONTENT)
}

async fn show_key(
    Shared(sendgrid): Shared<Arc<Sendgrid>>,
    caller: Caller,
    id: Option<Path<String>>,
) -> Shown {
    caller.may(&READ)?;
    let state = sendgrid.state();
    let place = place(&state, id)?;
    Ok(Json(key_object(&state.hooks[place])))
}

/// `{"enabled": true}` makes a key where there is none.
async fn switch_signing(
    Shared(sendgrid): Shared<Arc<Sendgrid>>,
    caller: Caller,
    id: Option<Path<String>>,
    body: Bytes,
) -> Shown {
    caller.may(&UPDATE)?;
    let body = caller.json(body)?;
    let problems = Problems::default();
    let enabled = Reader::new(&body, &problems).at("enabled").flag();
    let enabled = enabled.ok_or_else(|| required("enabled"))?;
    let mut state = sendgrid.state();
    let place = place(&state, id)?;
    let mut config = state.hooks[place].config.clone();
    config.signing_key = enabled.then(|| config.signing_key.unwrap_or_else(SigningKey::generate));
    let hook = state.hooks[place].with(config).ok_or_else(no_address)?;
    let shown = key_object(&hook);
    state.hooks[place] = hook;
    Ok(Json(shown))
}

fn place(state: &State, id: Option<Path<String>>) -> Result<usize, Refusal> {
    let found = match id {
        Some(Path(id)) => state.hooks.iter().position(|hook| hook.id == id),
        None => (!state.hooks.is_empty()).then_some(0),
    };
    found.ok_or_else(Refusal::not_found)
}

/// A webhook as the request wants it; what it does not say stays, or is off where there was none.
fn changed(before: Option<&Hook>, body: &Value) -> Result<Hook, Refusal> {
    let problems = Problems::default();
    let document = Reader::new(body, &problems);
    let mut config = match before {
        Some(hook) => hook.config.clone(),
        None => EventWebhookConfig::new("").events::<&str>([]),
    };
    if let Some(url) = document.at("url").text() {
        url.clone_into(&mut config.url);
    }
    let is_on = |(switch, kind): &(&str, &str)| {
        let kinds = config.events.as_ref();
        let was_on = kinds.is_none_or(|kinds| kinds.iter().any(|it| it == kind));
        document.at(switch).flag().unwrap_or(was_on)
    };
    let kinds = SWITCHES
        .iter()
        .filter(|it| is_on(it))
        .map(|(_, kind)| (*kind).to_owned());
    config.events = Some(kinds.collect());
    let enabled = document.at("enabled").flag();
    let problems = problems.take();
    if !problems.is_empty() {
        return Err(Refusal::invalid(problems));
    }
    let hook = match before {
        Some(hook) => hook.with(config),
        None => Hook::new(config),
    };
    let mut hook = hook.ok_or_else(no_address)?;
    hook.enabled = enabled.unwrap_or(hook.enabled);
    Ok(hook)
}

fn no_address() -> Refusal {
    let problem = Problem::of_field("url", "The url must be an http or https address.");
    Refusal::invalid(vec![problem])
}

fn required(field: &str) -> Refusal {
    Refusal::invalid(vec![Problem::of_field(
        field,
        format!("{field} is required"),
    )])
}

fn object(hook: &Hook) -> Value {
    let mut object = json!({ "id": hook.id, "enabled": hook.enabled, "url": hook.config.url });
    for (switch, kind) in SWITCHES {
        let kinds = hook.config.events.as_ref();
        object[switch] = json!(kinds.is_none_or(|kinds| kinds.iter().any(|it| it == kind)));
    }
    if let Some(key) = &hook.config.signing_key {
        object["public_key"] = json!(key.public_key());
    }
    object
}

fn key_object(hook: &Hook) -> Value {
    let key = hook.config.signing_key.as_ref().map(SigningKey::public_key);
    json!({ "id": hook.id, "public_key": key.unwrap_or_default() })
}
