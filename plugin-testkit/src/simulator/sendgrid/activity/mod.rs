//! The Email Activity search: one row per recipient, for accounts that have bought it.

mod filter;
mod query;
mod row;
mod tokens;

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State as Shared};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Sendgrid;
use super::account::State;
use super::answer::Refusal;
use super::caller::Caller;
use crate::simulator::clock::later;
use filter::Filter;
use row::Row;

const USUAL_ROWS: usize = 10;
const MOST_ROWS: usize = 1000;

#[derive(Debug, Deserialize)]
pub(super) struct Search {
    query: Option<String>,
    limit: Option<usize>,
}

/// `GET /v3/messages`: newest first.
pub(super) async fn search(
    Shared(sendgrid): Shared<Arc<Sendgrid>>,
    caller: Caller,
    search: Result<Query<Search>, QueryRejection>,
) -> Result<Json<Value>, Refusal> {
    sendgrid.check_add_on(&caller)?;
    let wrong = |_| Refusal::bad_request("limit must be a number");
    let Query(search) = search.map_err(wrong)?;
    let limit = search.limit.unwrap_or(USUAL_ROWS);
    if !(1..=MOST_ROWS).contains(&limit) {
        return Err(Refusal::bad_request("limit must be from 1 to 1000"));
    }
    let query = search.query.as_deref().unwrap_or_default();
    let filter = Filter::read(query).map_err(Refusal::bad_request)?;
    let state = sendgrid.state();
    let mut rows: Vec<Row<'_>> = sendgrid
        .indexed(&state)
        .filter(|row| filter.fits(row))
        .collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.last_event_time()));
    rows.truncate(limit);
    let messages: Vec<Value> = rows.iter().map(Row::summary).collect();
    Ok(Json(json!({ "messages": messages })))
}

/// `GET /v3/messages/{msg_id}`
pub(super) async fn one(
    Shared(sendgrid): Shared<Arc<Sendgrid>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Refusal> {
    sendgrid.check_add_on(&caller)?;
    let state = sendgrid.state();
    let found = sendgrid.indexed(&state).find(|row| row.id() == id);
    let row = found.ok_or_else(Refusal::not_found)?;
    Ok(Json(row.details()))
}

impl Sendgrid {
    fn check_add_on(&self, caller: &Caller) -> Result<(), Refusal> {
        caller.may(&["messages.read", "email_activity.read"])?;
        match self.email_activity {
            Some(_) => Ok(()),
            None => Err(Refusal::new(
                StatusCode::FORBIDDEN,
                "access to email activity needs the additional email activity history, which this account has not bought",
            )),
        }
    }

    /// What the search shows by now, newest acceptance first.
    fn indexed<'a>(&self, state: &'a State) -> impl Iterator<Item = Row<'a>> {
        let (now, delay) = (self.clock.now(), self.email_activity.unwrap_or_default());
        let messages = state.messages().iter().rev();
        messages
            .filter(move |sent| later(sent.accepted_at, delay) <= now)
            .flat_map(|sent| (0..sent.people.len()).map(move |person| Row::new(sent, person)))
    }
}
