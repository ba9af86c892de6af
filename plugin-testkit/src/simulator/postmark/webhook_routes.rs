//! `/webhooks`: list, read, create, edit, delete, verify. Postmark publishes the family of error numbers (1350 to 1364) and
//! 1364 for a failed verification; which number stands for what else is of our choice.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State as Shared};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use super::Postmark;
use super::account::State;
use super::answer::{ApiError, done};
use super::caller::{Caller, json_body};
use super::config::{Triggers, WebhookConfig};
use super::fields::Fields;
use super::hooks::Hook;
use super::params::Params;
use crate::simulator::webhooks::{WebhookOutcome, http_url};

/// `GET /webhooks?MessageStream=`
pub(super) async fn list(caller: Caller, params: Params) -> Response {
    let stream = params.get("MessageStream");
    let state = caller.server.state();
    let fits = |hook: &&Hook| stream.is_none_or(|stream| hook.config.stream == stream);
    let listed: Vec<Value> = state.hooks.iter().filter(fits).map(object).collect();
    Json(json!({ "Webhooks": listed })).into_response()
}

/// `GET /webhooks/{id}`
pub(super) async fn get(caller: Caller, Path(id): Path<String>) -> Result<Response, ApiError> {
    let state = caller.server.state();
    Ok(Json(object(&state.hooks[place(&state, &id)?])).into_response())
}

/// `POST /webhooks`
pub(super) async fn create(
    Shared(postmark): Shared<Arc<Postmark>>,
    caller: Caller,
    body: Bytes,
) -> Result<Response, ApiError> {
    let change = Change::read(body)?;
    let stream = change.stream.clone().unwrap_or_else(|| "outbound".into());
    if caller.server.state().stream(&stream).is_none() {
        return Err(ApiError::no_such_stream(&stream));
    }
    let config = WebhookConfig {
        url: String::new(),
        stream,
        http_auth: None,
        http_headers: Vec::new(),
        triggers: Triggers::none(),
    };
    let empty = Hook {
        id: 0,
        config,
        verified: false,
    };
    let (hook, failed) = postmark.changed(empty, change).await?;
    if let Some(results) = failed {
        return Ok(not_verified(&hook, &results));
    }
    let mut state = caller.server.state();
    Ok(Json(object(state.add_hook(hook))).into_response())
}

/// `PUT /webhooks/{id}`: the stream stays.
pub(super) async fn edit(
    Shared(postmark): Shared<Arc<Postmark>>,
    caller: Caller,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, ApiError> {
    let change = Change::read(body)?;
    let known = {
        let state = caller.server.state();
        state.hooks[place(&state, &id)?].clone()
    };
    let (hook, failed) = postmark.changed(known, change).await?;
    if let Some(results) = failed {
        return Ok(not_verified(&hook, &results));
    }
    let mut state = caller.server.state();
    let place = place(&state, &id)?;
    let answer = object(&hook);
    state.hooks[place] = hook;
    Ok(Json(answer).into_response())
}

/// `DELETE /webhooks/{id}`
pub(super) async fn delete(caller: Caller, Path(id): Path<String>) -> Result<Response, ApiError> {
    let mut state = caller.server.state();
    let place = place(&state, &id)?;
    let removed = state.hooks.remove(place);
    Ok(done(format!("Webhook {} removed.", removed.id)))
}

/// `POST /webhooks/{id}/verify`: HTTP 200 also when it failed.
pub(super) async fn verify(
    Shared(postmark): Shared<Arc<Postmark>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let hook = {
        let state = caller.server.state();
        state.hooks[place(&state, &id)?].clone()
    };
    let (success, results) = postmark.probe(&hook).await;
    let mut state = caller.server.state();
    let place = place(&state, &id)?;
    state.hooks[place].verified = success;
    let body =
        json!({ "Id": hook.id, "Url": hook.config.url, "Success": success, "Results": results });
    Ok(Json(body).into_response())
}

/// The fields a caller may set; absent ones stay as they are.
struct Change {
    url: Option<String>,
    stream: Option<String>,
    http_auth: Option<(String, String)>,
    http_headers: Option<Vec<(String, String)>>,
    triggers: Option<Value>,
    verify: bool,
}

impl Change {
    fn read(body: Bytes) -> Result<Self, ApiError> {
        let mut fields = Fields::of(json_body(body)?)?;
        let text = |fields: &mut Fields, name: &str| fields.text(name).unwrap_or_default();
        let http_auth = fields
            .object("HttpAuth")
            .map(|it| Fields::of(Value::Object(it)))
            .transpose()?;
        let http_auth =
            http_auth.map(|mut it| (text(&mut it, "Username"), text(&mut it, "Password")));
        let headers = fields.objects("HttpHeaders", |it| (text(it, "Name"), text(it, "Value")));
        let change = Self {
            url: fields.text("Url"),
            stream: fields.text("MessageStream").filter(|it| !it.is_empty()),
            http_auth: http_auth.filter(|(user, _)| !user.is_empty()),
            http_headers: (!headers.is_empty()).then_some(headers),
            triggers: fields.object("Triggers").map(Value::Object),
            verify: fields.flag("Verify").unwrap_or(true),
        };
        fields.finish()?;
        Ok(change)
    }
}

impl Postmark {
    /// The webhook after a change, and, when it should be verified and was not, what the probes met.
    async fn changed(
        &self,
        mut hook: Hook,
        change: Change,
    ) -> Result<(Hook, Option<Vec<Value>>), ApiError> {
        let config = &mut hook.config;
        config.url = change.url.unwrap_or_else(|| config.url.clone());
        config.http_auth = change.http_auth.or(config.http_auth.take());
        config.http_headers = change
            .http_headers
            .unwrap_or_else(|| std::mem::take(&mut config.http_headers));
        if let Some(triggers) = change.triggers {
            config.triggers = apply(config.triggers, &triggers);
        }
        if http_url(&config.url).is_none() {
            return Err(ApiError::unprocessable(
                1350,
                format!("The 'Url' is not a valid web address: '{}'.", config.url),
            ));
        }
        let (verified, results) = if change.verify {
            self.probe(&hook).await
        } else {
            (false, Vec::new())
        };
        hook.verified = verified;
        Ok((hook, (change.verify && !verified).then_some(results)))
    }

    /// Posts to every trigger once; each must answer exactly 200.
    async fn probe(&self, hook: &Hook) -> (bool, Vec<Value>) {
        let mut results = Vec::new();
        let mut success = true;
        for call in hook.probes() {
            let outcome = self.webhooks.probe(&call).await;
            let fine = outcome == WebhookOutcome::Delivered { status: 200 };
            success &= fine;
            results.push(
                json!({ "Trigger": call.event, "Success": fine, "StatusCode": status_of(outcome) }),
            );
        }
        (success, results)
    }
}

fn status_of(outcome: WebhookOutcome) -> Option<u16> {
    match outcome {
        WebhookOutcome::Delivered { status }
        | WebhookOutcome::Retried { status }
        | WebhookOutcome::Dropped { status } => Some(status),
        WebhookOutcome::Unreachable => None,
    }
}

fn not_verified(hook: &Hook, results: &[Value]) -> Response {
    let body = json!({
        "ErrorCode": 1364,
        "Message": "The webhook could not be verified: every enabled trigger must be answered with HTTP 200.",
        "Id": hook.id,
        "Url": hook.config.url,
        "Success": false,
        "Results": results,
    });
    (
        StatusCode::UNPROCESSABLE_ENTITY,
        [("X-PM-ApiErrorCode", "1364")],
        Json(body),
    )
        .into_response()
}

fn place(state: &State, id: &str) -> Result<usize, ApiError> {
    let number = id.parse::<u64>().ok();
    let unknown = || {
        ApiError::unprocessable(
            1351,
            format!("The webhook with the id '{id}' was not found."),
        )
    };
    state
        .hooks
        .iter()
        .position(|hook| Some(hook.id) == number)
        .ok_or_else(unknown)
}

fn apply(mut triggers: Triggers, change: &Value) -> Triggers {
    let flag = |kind: &str, name: &str, old: bool| change[kind][name].as_bool().unwrap_or(old);
    triggers.open = flag("Open", "Enabled", triggers.open);
    triggers.first_open_only = flag("Open", "PostFirstOpenOnly", triggers.first_open_only);
    triggers.click = flag("Click", "Enabled", triggers.click);
    triggers.delivery = flag("Delivery", "Enabled", triggers.delivery);
    triggers.bounce = flag("Bounce", "Enabled", triggers.bounce);
    triggers.bounce_content = flag("Bounce", "IncludeContent", triggers.bounce_content);
    triggers.spam_complaint = flag("SpamComplaint", "Enabled", triggers.spam_complaint);
    triggers.spam_complaint_content = flag(
        "SpamComplaint",
        "IncludeContent",
        triggers.spam_complaint_content,
    );
    triggers.subscription_change = flag(
        "SubscriptionChange",
        "Enabled",
        triggers.subscription_change,
    );
    triggers
}

fn object(hook: &Hook) -> Value {
    let config = &hook.config;
    let triggers = &config.triggers;
    let headers: Vec<Value> = config
        .http_headers
        .iter()
        .map(|(name, value)| json!({ "Name": name, "Value": value }))
        .collect();
    json!({
        "ID": hook.id,
        "Url": config.url,
        "MessageStream": config.stream,
        "Status": if hook.verified { "verified" } else { "unverified" },
        "HttpAuth": config.http_auth.as_ref().map(|(user, password)| json!({ "Username": user, "Password": password })),
        "HttpHeaders": headers,
        "Triggers": {
            "Open": { "Enabled": triggers.open, "PostFirstOpenOnly": triggers.first_open_only },
            "Click": { "Enabled": triggers.click },
            "Delivery": { "Enabled": triggers.delivery },
            "Bounce": { "Enabled": triggers.bounce, "IncludeContent": triggers.bounce_content },
            "SpamComplaint": { "Enabled": triggers.spam_complaint, "IncludeContent": triggers.spam_complaint_content },
            "SubscriptionChange": { "Enabled": triggers.subscription_change },
        },
    })
}
