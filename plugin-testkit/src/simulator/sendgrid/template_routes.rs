//! Reading the account's dynamic templates.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State as Shared};
use serde_json::{Value, json};

use super::Sendgrid;
use super::answer::Refusal;
use super::caller::Caller;
use super::config::DynamicTemplate;

/// `GET /v3/templates`, on one page.
pub(super) async fn all(
    Shared(sendgrid): Shared<Arc<Sendgrid>>,
    caller: Caller,
) -> Result<Json<Value>, Refusal> {
    caller.may(&["templates.read"])?;
    let all: Vec<Value> = sendgrid.templates.all().iter().map(object).collect();
    let count = all.len();
    Ok(Json(
        json!({ "result": all, "_metadata": { "count": count } }),
    ))
}

/// `GET /v3/templates/{id}`
pub(super) async fn one(
    Shared(sendgrid): Shared<Arc<Sendgrid>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Refusal> {
    caller.may(&["templates.read"])?;
    let found = sendgrid.templates.all().iter().find(|it| it.id == id);
    found
        .map(|it| Json(object(it)))
        .ok_or_else(Refusal::not_found)
}

fn object(template: &DynamicTemplate) -> Value {
    json!({
        "id": template.id,
        "name": template.name,
        "generation": "dynamic",
        "versions": [{
            "template_id": template.id,
            "active": 1,
            "name": template.name,
            "subject": template.subject,
            "html_content": template.html,
            "plain_content": template.text,
        }],
    })
}
