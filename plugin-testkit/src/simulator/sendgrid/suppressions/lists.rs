//! `/v3/suppression/{list}`: bounces, blocks, invalid addresses, spam reports, and the global unsubscribes to be read.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State as Shared};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::refuse_if_any;
use crate::simulator::sendgrid::Sendgrid;
use crate::simulator::sendgrid::answer::Refusal;
use crate::simulator::sendgrid::caller::Caller;
use crate::simulator::sendgrid::event::RECIPIENT_IP;
use crate::simulator::sendgrid::lists::{Entry, ListName};
use crate::simulator::sendgrid::reader::{Problems, Reader};

const LARGEST_PAGE: usize = 500;

/// A window of a list.
#[derive(Debug, Deserialize)]
pub(super) struct Window {
    /// Unix seconds, inclusive.
    start_time: Option<i64>,
    /// Unix seconds, inclusive.
    end_time: Option<i64>,
    limit: Option<usize>,
    #[serde(default)]
    offset: usize,
    /// Part of an address.
    email: Option<String>,
}

/// `GET /v3/suppression/{list}`, oldest first.
pub(super) async fn all(
    Shared(sendgrid): Shared<Arc<Sendgrid>>,
    caller: Caller,
    Path(list): Path<String>,
    window: Result<Query<Window>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<Value>, Refusal> {
    let list = permitted(&caller, &list, "read")?;
    let wrong = |_| Refusal::bad_request("limit, offset, start_time and end_time are numbers");
    let Query(window) = window.map_err(wrong)?;
    let limit = window.limit.unwrap_or(LARGEST_PAGE);
    if !(1..=LARGEST_PAGE).contains(&limit) {
        return Err(Refusal::bad_request("limit must be from 1 to 500"));
    }
    let state = sendgrid.state();
    let entries = state
        .lists
        .entries(list)
        .filter(|it| window.has(it.0, it.1));
    let mut entries: Vec<(&String, &Entry)> = entries.collect();
    entries.sort_by_key(|(_, entry)| entry.created);
    let page = entries.into_iter().skip(window.offset).take(limit);
    Ok(Json(
        page.map(|(email, entry)| object(list, email, entry))
            .collect(),
    ))
}

/// `GET /v3/suppression/{list}/{email}`: a list of one, or of none.
pub(super) async fn one(
    Shared(sendgrid): Shared<Arc<Sendgrid>>,
    caller: Caller,
    Path((list, email)): Path<(String, String)>,
) -> Result<Json<Value>, Refusal> {
    let list = permitted(&caller, &list, "read")?;
    let state = sendgrid.state();
    let entry = state.lists.find(list, &email);
    let entries = entry.map(|entry| object(list, &email, entry));
    Ok(Json(entries.into_iter().collect()))
}

/// `DELETE /v3/suppression/{list}`: `{"delete_all": true}` or `{"emails": […]}`.
pub(super) async fn clear(
    Shared(sendgrid): Shared<Arc<Sendgrid>>,
    caller: Caller,
    Path(list): Path<String>,
    body: Bytes,
) -> Result<StatusCode, Refusal> {
    let list = permitted(&caller, &list, "delete")?;
    let body = caller.json(body)?;
    let problems = Problems::default();
    let document = Reader::new(&body, &problems);
    let everything = document.at("delete_all").flag().unwrap_or(false);
    let emails: Vec<&str> = document
        .at("emails")
        .items()
        .iter()
        .filter_map(Reader::text)
        .collect();
    refuse_if_any(problems.take())?;
    let mut state = sendgrid.state();
    match (everything, emails.as_slice()) {
        (false, []) => return Err(Refusal::bad_request("emails or delete_all is required")),
        (true, _) => state.lists.clear(list),
        (false, emails) => {
            for email in emails {
                state.lists.remove(list, email);
            }
        }
    }
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /v3/suppression/{list}/{email}`
pub(super) async fn remove(
    Shared(sendgrid): Shared<Arc<Sendgrid>>,
    caller: Caller,
    Path((list, email)): Path<(String, String)>,
) -> Result<StatusCode, Refusal> {
    let list = permitted(&caller, &list, "delete")?;
    match sendgrid.state().lists.remove(list, &email) {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Refusal::not_found()),
    }
}

/// The list, if there is one of this name and the key may do this to it. The global unsubscribes are changed by other paths.
fn permitted(caller: &Caller, segment: &str, verb: &str) -> Result<ListName, Refusal> {
    let list = ListName::of_path(segment).ok_or_else(Refusal::not_found)?;
    caller.may(&[
        &format!("suppression.{verb}"),
        &format!("suppression.{segment}.{verb}"),
    ])?;
    match (list, verb) {
        (ListName::Unsubscribes, "delete") => Err(Refusal::method_not_allowed()),
        _ => Ok(list),
    }
}

impl Window {
    fn has(&self, email: &str, entry: &Entry) -> bool {
        let created = entry.created.as_second();
        let part = self.email.as_ref().map(|part| part.to_ascii_lowercase());
        self.start_time.is_none_or(|start| created >= start)
            && self.end_time.is_none_or(|end| created <= end)
            && part.is_none_or(|part| email.contains(&part))
    }
}

fn object(list: ListName, email: &str, entry: &Entry) -> Value {
    let mut object = json!({ "created": entry.created.as_second(), "email": email });
    match list {
        ListName::Unsubscribes => {}
        ListName::SpamReports => object["ip"] = json!(RECIPIENT_IP),
        ListName::InvalidEmails => object["reason"] = json!(entry.reason),
        ListName::Bounces | ListName::Blocks => {
            object["reason"] = json!(entry.reason);
            object["status"] = json!(entry.status);
        }
    }
    object
}
