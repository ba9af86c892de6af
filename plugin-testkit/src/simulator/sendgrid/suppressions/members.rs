//! Who left which unsubscribe group.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State as Shared};
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{number, recipient_emails};
use crate::simulator::sendgrid::Sendgrid;
use crate::simulator::sendgrid::account::Group;
use crate::simulator::sendgrid::answer::Refusal;
use crate::simulator::sendgrid::caller::Caller;

/// `GET /v3/asm/groups/{id}/suppressions`: addresses alone.
pub(super) async fn all(
    Shared(sendgrid): Shared<Arc<Sendgrid>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Refusal> {
    permitted(&caller, "read")?;
    let state = sendgrid.state();
    let group = state.group(number(&id)?).ok_or_else(Refusal::not_found)?;
    Ok(Json(group.members.keys().map(String::as_str).collect()))
}

/// `POST /v3/asm/groups/{id}/suppressions`. Of a group that is not there, the address goes to the global list.
pub(super) async fn add(
    Shared(sendgrid): Shared<Arc<Sendgrid>>,
    caller: Caller,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    permitted(&caller, "create")?;
    let emails = recipient_emails(&caller.json(body)?)?;
    let now = sendgrid.clock.now();
    let known = match sendgrid.state().group_mut(number(&id)?) {
        Some(group) => {
            let keys = emails.iter().map(|it| (it.to_ascii_lowercase(), now));
            group.members.extend(keys);
            true
        }
        None => false,
    };
    if !known {
        sendgrid.suppress_globally(&emails);
    }
    let added = json!({ "recipient_emails": emails });
    Ok((StatusCode::CREATED, Json(added)))
}

/// `POST /v3/asm/groups/{id}/suppressions/search`: those of the addresses that left.
pub(super) async fn search(
    Shared(sendgrid): Shared<Arc<Sendgrid>>,
    caller: Caller,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, Refusal> {
    permitted(&caller, "read")?;
    let emails = recipient_emails(&caller.json(body)?)?;
    let state = sendgrid.state();
    let group = state.group(number(&id)?).ok_or_else(Refusal::not_found)?;
    let left = emails.iter().filter(|it| has(group, it));
    Ok(Json(left.map(String::as_str).collect()))
}

/// `DELETE /v3/asm/groups/{id}/suppressions/{email}`
pub(super) async fn remove(
    Shared(sendgrid): Shared<Arc<Sendgrid>>,
    caller: Caller,
    Path((id, email)): Path<(String, String)>,
) -> Result<StatusCode, Refusal> {
    permitted(&caller, "delete")?;
    let mut state = sendgrid.state();
    let group = state
        .group_mut(number(&id)?)
        .ok_or_else(Refusal::not_found)?;
    group.members.remove(&email.to_ascii_lowercase());
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /v3/asm/suppressions`: everybody who left any group.
pub(super) async fn everybody(
    Shared(sendgrid): Shared<Arc<Sendgrid>>,
    caller: Caller,
) -> Result<Json<Value>, Refusal> {
    permitted(&caller, "read")?;
    let state = sendgrid.state();
    let entries = state.groups.iter().flat_map(|group| {
        group.members.iter().map(|(email, at)| {
            let at = at.as_second();
            json!({ "email": email, "group_id": group.id, "group_name": group.name, "created_at": at })
        })
    });
    Ok(Json(entries.collect()))
}

/// `GET /v3/asm/suppressions/{email}`: every group, and whether this address left it.
pub(super) async fn groups_of(
    Shared(sendgrid): Shared<Arc<Sendgrid>>,
    caller: Caller,
    Path(email): Path<String>,
) -> Result<Json<Value>, Refusal> {
    permitted(&caller, "read")?;
    let state = sendgrid.state();
    let groups = state.groups.iter().map(|group| {
        json!({
            "id": group.id,
            "name": group.name,
            "description": group.description,
            "is_default": group.is_default,
            "suppressed": has(group, &email),
        })
    });
    let groups: Vec<Value> = groups.collect();
    Ok(Json(json!({ "suppressions": groups })))
}

fn has(group: &Group, email: &str) -> bool {
    group.members.contains_key(&email.to_ascii_lowercase())
}

fn permitted(caller: &Caller, verb: &str) -> Result<(), Refusal> {
    caller.may(&[
        &format!("asm.groups.suppressions.{verb}"),
        &format!("suppression.{verb}"),
    ])
}
