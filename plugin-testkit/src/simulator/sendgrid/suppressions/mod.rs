//! Reading and changing suppression lists: the account's own, the global one, and those of the unsubscribe groups.

mod global;
mod groups;
mod lists;
mod members;

use std::sync::Arc;

use axum::Router;
use axum::routing::{delete, get, post};
use serde_json::Value;

use super::Sendgrid;
use super::answer::{Problem, Refusal};
use super::message::is_address;
use super::reader::{Problems, Reader};

/// Every path under `/v3/suppression` and `/v3/asm`.
pub(super) fn routes() -> Router<Arc<Sendgrid>> {
    Router::new()
        .route(
            "/v3/suppression/{list}",
            get(lists::all).delete(lists::clear),
        )
        .route(
            "/v3/suppression/{list}/{email}",
            get(lists::one).delete(lists::remove),
        )
        .route("/v3/asm/groups", get(groups::all).post(groups::create))
        .route(
            "/v3/asm/groups/{id}",
            get(groups::one).patch(groups::edit).delete(groups::remove),
        )
        .route(
            "/v3/asm/groups/{id}/suppressions",
            get(members::all).post(members::add),
        )
        .route(
            "/v3/asm/groups/{id}/suppressions/search",
            post(members::search),
        )
        .route(
            "/v3/asm/groups/{id}/suppressions/{email}",
            delete(members::remove),
        )
        .route("/v3/asm/suppressions", get(members::everybody))
        .route("/v3/asm/suppressions/{email}", get(members::groups_of))
        .route("/v3/asm/suppressions/global", post(global::add))
        .route(
            "/v3/asm/suppressions/global/{email}",
            get(global::one).delete(global::remove),
        )
}

/// `recipient_emails` of a request.
fn recipient_emails(body: &Value) -> Result<Vec<String>, Refusal> {
    let problems = Problems::default();
    let place = Reader::new(body, &problems).at("recipient_emails");
    if !place.is_there() {
        place.refuse("The recipient_emails are required.");
    }
    let items = place.items();
    let mut emails = Vec::with_capacity(items.len());
    for item in &items {
        match item.text() {
            Some(email) if is_address(email) => emails.push(email.to_owned()),
            Some(_) => item.refuse("Does not contain a valid address."),
            None => {}
        }
    }
    refuse_if_any(problems.take()).map(|()| emails)
}

/// The number of a group.
fn number(id: &str) -> Result<u64, Refusal> {
    id.parse().map_err(|_| Refusal::not_found())
}

fn refuse_if_any(problems: Vec<Problem>) -> Result<(), Refusal> {
    match problems.is_empty() {
        true => Ok(()),
        false => Err(Refusal::invalid(problems)),
    }
}
