//! Who the key belongs to and what it may do.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Shared;
use serde_json::{Value, json};

use super::Sendgrid;
use super::answer::Refusal;
use super::caller::Caller;

/// `GET /v3/scopes`: any good key may ask.
pub(super) async fn scopes(caller: Caller) -> Json<Value> {
    Json(json!({ "scopes": caller.scopes() }))
}

/// `GET /v3/user/username`
pub(super) async fn username(
    Shared(sendgrid): Shared<Arc<Sendgrid>>,
    caller: Caller,
) -> Result<Json<Value>, Refusal> {
    caller.may(&["user.username.read"])?;
    let (username, id) = (&sendgrid.username, sendgrid.user_id);
    Ok(Json(json!({ "username": username, "user_id": id })))
}

/// `GET /v3/user/account`
pub(super) async fn account(caller: Caller) -> Result<Json<Value>, Refusal> {
    caller.may(&["user.account.read"])?;
    Ok(Json(json!({ "type": "paid", "reputation": 99.7 })))
}

/// `GET /v3/user/profile`
pub(super) async fn profile(
    Shared(sendgrid): Shared<Arc<Sendgrid>>,
    caller: Caller,
) -> Result<Json<Value>, Refusal> {
    caller.may(&["user.profile.read"])?;
    let username = &sendgrid.username;
    Ok(Json(
        json!({ "username": username, "company": "Simulated", "country": "US" }),
    ))
}
