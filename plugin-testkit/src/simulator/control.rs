//! The paths that only tests use: ledger, mailboxes, clock, faults, recipients' acts, webhook disorder.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::clock::Clock;
use super::faults::{FaultRule, Faults};
use super::ledger::Ledger;
use super::service::Service;
use super::trigger::{Trigger, TriggerError};
use super::webhooks::{Disorder, Webhooks};

#[derive(Clone)]
struct Control {
    service: Arc<dyn Service>,
    faults: Arc<Faults>,
    ledger: Arc<Ledger>,
    clock: Clock,
    webhooks: Webhooks,
}

pub(super) fn router(
    service: Arc<dyn Service>,
    faults: &Arc<Faults>,
    ledger: &Arc<Ledger>,
    clock: &Clock,
    webhooks: &Webhooks,
) -> Router {
    let (faults, ledger) = (Arc::clone(faults), Arc::clone(ledger));
    let control = Control {
        service,
        faults,
        ledger,
        clock: clock.clone(),
        webhooks: webhooks.clone(),
    };
    Router::new()
        .route("/ledger", get(show_ledger))
        .route("/mailbox/{address}", get(show_mailbox))
        .route("/_control/clock", get(show_clock).post(advance_clock))
        .route(
            "/_control/faults",
            get(list_faults).post(add_fault).delete(clear_faults),
        )
        .route("/_control/events", post(act))
        .route(
            "/_control/webhooks",
            get(list_webhooks).post(disturb_webhooks),
        )
        .with_state(control)
}

async fn show_ledger(State(control): State<Control>) -> Json<Value> {
    let ledger = &control.ledger;
    Json(
        json!({ "counts": ledger.counts(), "duplicates": ledger.duplicates(), "messages": ledger.entries() }),
    )
}

async fn show_mailbox(State(control): State<Control>, Path(address): Path<String>) -> Json<Value> {
    let messages = control.service.mailbox(&address);
    Json(json!({ "Address": address, "Messages": messages }))
}

async fn show_clock(State(control): State<Control>) -> Json<Value> {
    Json(json!({ "now": control.clock.now() }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance_ms: u64,
}

async fn advance_clock(
    State(control): State<Control>,
    Json(advance): Json<Advance>,
) -> Json<Value> {
    control
        .clock
        .advance(Duration::from_millis(advance.advance_ms));
    Json(json!({ "now": control.clock.now() }))
}

async fn list_faults(State(control): State<Control>) -> Json<Value> {
    Json(json!({ "rules": control.faults.rules(), "fired": control.faults.fired() }))
}

async fn add_fault(State(control): State<Control>, Json(rule): Json<FaultRule>) -> Response {
    match rule.fault_in_numbers() {
        Some(what) => refused(StatusCode::UNPROCESSABLE_ENTITY, &what),
        None => {
            control.faults.add(rule);
            list_faults(State(control)).await.into_response()
        }
    }
}

async fn clear_faults(State(control): State<Control>) -> Json<Value> {
    control.faults.clear();
    list_faults(State(control)).await
}

async fn act(State(control): State<Control>, Json(trigger): Json<Trigger>) -> Response {
    match control.service.trigger(&trigger) {
        Ok(()) => Json(json!({ "done": true })).into_response(),
        Err(error @ (TriggerError::UnknownMessage(_) | TriggerError::NotARecipient)) => {
            refused(StatusCode::NOT_FOUND, &error.to_string())
        }
        Err(error) => refused(StatusCode::CONFLICT, &error.to_string()),
    }
}

async fn list_webhooks(State(control): State<Control>) -> Json<Value> {
    Json(json!({ "pending": control.webhooks.pending(), "attempts": control.webhooks.attempts() }))
}

async fn disturb_webhooks(
    State(control): State<Control>,
    Json(disorder): Json<Disorder>,
) -> Response {
    if !(0.0..=1.0).contains(&disorder.duplicate_rate) {
        let what = format!(
            "`duplicate_rate` must be from 0 to 1 (got {})",
            disorder.duplicate_rate
        );
        return refused(StatusCode::UNPROCESSABLE_ENTITY, &what);
    }
    control.webhooks.disturb(disorder);
    Json(json!(disorder)).into_response()
}

fn refused(status: StatusCode, why: &str) -> Response {
    (status, Json(json!({ "error": why }))).into_response()
}
