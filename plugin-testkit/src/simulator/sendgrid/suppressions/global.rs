//! `/v3/asm/suppressions/global`: who gets nothing from this account.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State as Shared};
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::recipient_emails;
use crate::simulator::sendgrid::Sendgrid;
use crate::simulator::sendgrid::answer::Refusal;
use crate::simulator::sendgrid::caller::Caller;
use crate::simulator::sendgrid::lists::{Entry, ListName};

/// `POST /v3/asm/suppressions/global`
pub(super) async fn add(
    Shared(sendgrid): Shared<Arc<Sendgrid>>,
    caller: Caller,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    permitted(&caller, "create")?;
    let emails = recipient_emails(&caller.json(body)?)?;
    sendgrid.suppress_globally(&emails);
    let added = json!({ "recipient_emails": emails });
    Ok((StatusCode::CREATED, Json(added)))
}

/// `GET /v3/asm/suppressions/global/{email}`: an empty object for who is not on it.
pub(super) async fn one(
    Shared(sendgrid): Shared<Arc<Sendgrid>>,
    caller: Caller,
    Path(email): Path<String>,
) -> Result<Json<Value>, Refusal> {
    permitted(&caller, "read")?;
    let state = sendgrid.state();
    Ok(Json(
        match state.lists.find(ListName::Unsubscribes, &email) {
            Some(_) => json!({ "recipient_email": email }),
            None => json!({}),
        },
    ))
}

/// `DELETE /v3/asm/suppressions/global/{email}`
pub(super) async fn remove(
    Shared(sendgrid): Shared<Arc<Sendgrid>>,
    caller: Caller,
    Path(email): Path<String>,
) -> Result<StatusCode, Refusal> {
    permitted(&caller, "delete")?;
    let mut state = sendgrid.state();
    state.lists.remove(ListName::Unsubscribes, &email);
    Ok(StatusCode::NO_CONTENT)
}

fn permitted(caller: &Caller, verb: &str) -> Result<(), Refusal> {
    caller.may(&[
        &format!("asm.suppressions.global.{verb}"),
        &format!("suppression.unsubscribes.{verb}"),
        &format!("suppression.{verb}"),
    ])
}

impl Sendgrid {
    pub(super) fn suppress_globally(&self, emails: &[String]) {
        let created = self.clock.now();
        let mut state = self.state();
        for email in emails {
            let entry = Entry {
                created,
                reason: String::new(),
                status: String::new(),
            };
            let address = email.to_ascii_lowercase();
            state.lists.add(ListName::Unsubscribes, &address, entry);
        }
    }
}
