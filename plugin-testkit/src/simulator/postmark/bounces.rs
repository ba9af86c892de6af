//! `/bounces` and `/deliverystats`: what came back.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State as Shared};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use super::Postmark;
use super::account::{Bounce, Origin, Server, State};
use super::answer::ApiError;
use super::bounce_type::BounceType;
use super::caller::Caller;
use super::params::Params;
use super::time::{after_date, from_date, zulu};

/// A bounce as the API and the webhooks show it.
pub(super) fn object(server: &Server, bounce: &Bounce) -> Value {
    json!({
        "ID": bounce.id,
        "Type": bounce.kind.name,
        "TypeCode": bounce.kind.code,
        "Name": bounce.kind.title,
        "Tag": bounce.tag,
        "MessageID": bounce.message,
        "ServerID": server.id,
        "MessageStream": bounce.stream,
        "Description": bounce.kind.description,
        "Details": bounce.kind.details,
        "Email": bounce.email,
        "From": bounce.from,
        "BouncedAt": zulu(bounce.at),
        "DumpAvailable": true,
        "Inactive": bounce.inactive,
        "CanActivate": can_activate(bounce),
        "Subject": bounce.subject,
    })
}

/// The raw report.
pub(super) fn dump(bounce: &Bounce) -> String {
    format!(
        "From: <MAILER-DAEMON@mx.example.com>\r\nTo: <bounces@mtasv.example.com>\r\nSubject: {}\r\n\r\n{}\r\n{}\r\n",
        bounce.kind.title, bounce.kind.description, bounce.kind.details
    )
}

/// `GET /bounces`
pub(super) async fn list(caller: Caller, params: Params) -> Result<Response, ApiError> {
    let page = params.page(1000)?;
    let since = params.date("fromdate", from_date, 1000)?;
    let before = params.date("todate", after_date, 1000)?;
    let inactive = params
        .get("inactive")
        .map(|value| value.eq_ignore_ascii_case("true"));
    let equals = |name: &str, found: &str| {
        params
            .get(name)
            .is_none_or(|wanted| wanted.eq_ignore_ascii_case(found))
    };
    let state = caller.server.state();
    let fitting: Vec<&Bounce> = state
        .bounces
        .iter()
        .rev()
        .filter(|it| {
            equals("type", it.kind.name)
                && equals("emailFilter", &it.email)
                && equals("tag", it.tag.as_deref().unwrap_or_default())
                && equals("messageID", &it.message.to_string())
                && equals("messagestream", &it.stream)
                && inactive.is_none_or(|inactive| inactive == it.inactive)
                && since.is_none_or(|since| it.at >= since)
                && before.is_none_or(|before| it.at < before)
        })
        .collect();
    let listed: Vec<Value> = page
        .of(fitting.iter())
        .map(|it| object(&caller.server, it))
        .collect();
    Ok(Json(json!({ "TotalCount": fitting.len(), "Bounces": listed })).into_response())
}

/// `GET /bounces/{id}`
pub(super) async fn get(caller: Caller, Path(id): Path<String>) -> Result<Response, ApiError> {
    let state = caller.server.state();
    let bounce = find(&state, &id)?;
    let mut body = object(&caller.server, bounce);
    body["Content"] = json!(dump(bounce));
    Ok(Json(body).into_response())
}

/// `GET /bounces/{id}/dump`
pub(super) async fn raw(caller: Caller, Path(id): Path<String>) -> Result<Response, ApiError> {
    let state = caller.server.state();
    Ok(Json(json!({ "Body": dump(find(&state, &id)?) })).into_response())
}

/// `PUT /bounces/{id}/activate`
pub(super) async fn activate(
    Shared(postmark): Shared<Arc<Postmark>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let mut state = caller.server.state();
    let bounce = find(&state, &id)?;
    if !can_activate(bounce) {
        return Err(ApiError::unprocessable(
            1003,
            "This bounce cannot be activated.",
        ));
    }
    let (number, stream, email) = (bounce.id, bounce.stream.clone(), bounce.email.clone());
    if let Some(bounce) = state.bounces.iter_mut().find(|it| it.id == number) {
        bounce.inactive = false;
    }
    postmark.reactivate(
        &caller.server,
        &mut state,
        &stream,
        &email,
        Origin::Customer,
    );
    let bounce = object(&caller.server, find(&state, &id)?);
    Ok(Json(json!({ "Message": "OK", "Bounce": bounce })).into_response())
}

/// `GET /deliverystats`
pub(super) async fn stats(caller: Caller) -> Response {
    let state = caller.server.state();
    let count = |kind: BounceType| state.bounces.iter().filter(|it| it.kind == kind).count();
    let all = json!({ "Name": "All", "Count": state.bounces.len() });
    let by_kind = BounceType::all()
        .map(|kind| (kind, count(kind)))
        .filter(|(_, count)| *count > 0)
        .map(|(kind, count)| json!({ "Type": kind.name, "Name": kind.title, "Count": count }));
    let inactive: usize = state
        .streams
        .iter()
        .map(|stream| stream.suppressions.len())
        .sum();
    let bounces: Vec<Value> = std::iter::once(all).chain(by_kind).collect();
    Json(json!({ "InactiveMails": inactive, "Bounces": bounces })).into_response()
}

fn can_activate(bounce: &Bounce) -> bool {
    bounce.kind != BounceType::SPAM_COMPLAINT
}

/// An id that is no number is the one case Postmark answers with HTTP 400.
fn find<'a>(state: &'a State, id: &str) -> Result<&'a Bounce, ApiError> {
    let missing = || ApiError {
        status: StatusCode::BAD_REQUEST,
        code: 1002,
        message: "The bounce id is missing or not a number.".into(),
    };
    let id: u64 = id.parse().map_err(|_| missing())?;
    let unknown =
        || ApiError::unprocessable(1001, format!("The bounce with the id {id} was not found."));
    state
        .bounces
        .iter()
        .find(|it| it.id == id)
        .ok_or_else(unknown)
}
