//! `/v3/asm/groups`: the unsubscribe groups themselves.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State as Shared};
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{number, refuse_if_any};
use crate::simulator::sendgrid::Sendgrid;
use crate::simulator::sendgrid::account::Group;
use crate::simulator::sendgrid::answer::Refusal;
use crate::simulator::sendgrid::caller::Caller;
use crate::simulator::sendgrid::reader::{Problems, Reader};

const LONGEST_NAME: usize = 30;
const LONGEST_DESCRIPTION: usize = 100;

/// What a request says of a group.
struct Words {
    name: Option<String>,
    description: Option<String>,
    is_default: Option<bool>,
}

/// `GET /v3/asm/groups`, or those asked for as `?id=1&id=2`.
pub(super) async fn all(
    Shared(sendgrid): Shared<Arc<Sendgrid>>,
    caller: Caller,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, Refusal> {
    caller.may(&["asm.groups.read"])?;
    let query = query.unwrap_or_default();
    let ids: Vec<&str> = query
        .split('&')
        .filter_map(|pair| pair.strip_prefix("id="))
        .collect();
    let state = sendgrid.state();
    let wanted = |group: &&Group| ids.is_empty() || ids.contains(&group.id.to_string().as_str());
    Ok(Json(
        state.groups.iter().filter(wanted).map(object).collect(),
    ))
}

/// `GET /v3/asm/groups/{id}`
pub(super) async fn one(
    Shared(sendgrid): Shared<Arc<Sendgrid>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Refusal> {
    caller.may(&["asm.groups.read"])?;
    let state = sendgrid.state();
    let group = state.group(number(&id)?).ok_or_else(Refusal::not_found)?;
    Ok(Json(object(group)))
}

/// `POST /v3/asm/groups`
pub(super) async fn create(
    Shared(sendgrid): Shared<Arc<Sendgrid>>,
    caller: Caller,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    caller.may(&["asm.groups.create"])?;
    let words = Words::read(&caller.json(body)?, true)?;
    let mut state = sendgrid.state();
    let highest = state.groups.iter().map(|group| group.id).max();
    let mut group = Group {
        id: highest.unwrap_or(100) + 1,
        name: String::new(),
        description: String::new(),
        is_default: false,
        members: BTreeMap::new(),
    };
    words.apply(&mut group);
    let shown = object(&group);
    state.groups.push(group);
    Ok((StatusCode::CREATED, Json(shown)))
}

/// `PATCH /v3/asm/groups/{id}`, answered 201 as the manual has it.
pub(super) async fn edit(
    Shared(sendgrid): Shared<Arc<Sendgrid>>,
    caller: Caller,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    caller.may(&["asm.groups.update"])?;
    let words = Words::read(&caller.json(body)?, false)?;
    let mut state = sendgrid.state();
    let group = state
        .group_mut(number(&id)?)
        .ok_or_else(Refusal::not_found)?;
    words.apply(group);
    Ok((StatusCode::CREATED, Json(object(group))))
}

/// `DELETE /v3/asm/groups/{id}`: who left it gets mail again.
pub(super) async fn remove(
    Shared(sendgrid): Shared<Arc<Sendgrid>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Refusal> {
    caller.may(&["asm.groups.delete"])?;
    let mut state = sendgrid.state();
    let (id, before) = (number(&id)?, state.groups.len());
    state.groups.retain(|group| group.id != id);
    match state.groups.len() < before {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Refusal::not_found()),
    }
}

impl Words {
    fn read(body: &Value, required: bool) -> Result<Self, Refusal> {
        let problems = Problems::default();
        let document = Reader::new(body, &problems);
        let text = |field: &str, longest: usize| {
            let place = document.at(field);
            let text = place.text().map(str::to_owned);
            let fits = |text: &String| (1..=longest).contains(&text.chars().count());
            if text.as_ref().is_some_and(|text| !fits(text)) || (required && !place.is_there()) {
                place.refuse(format!("must have 1 to {longest} characters"));
            }
            text
        };
        let words = Self {
            name: text("name", LONGEST_NAME),
            description: text("description", LONGEST_DESCRIPTION),
            is_default: document.at("is_default").flag(),
        };
        refuse_if_any(problems.take()).map(|()| words)
    }

    fn apply(self, group: &mut Group) {
        if let Some(name) = self.name {
            group.name = name;
        }
        if let Some(description) = self.description {
            group.description = description;
        }
        if let Some(is_default) = self.is_default {
            group.is_default = is_default;
        }
    }
}

fn object(group: &Group) -> Value {
    json!({
        "id": group.id,
        "name": group.name,
        "description": group.description,
        "is_default": group.is_default,
        "unsubscribes": group.members.len(),
    })
}
