//! `GET /messages/outbound`

use axum::Json;
use axum::extract::{Query, State};
use plugin_host::StoreError;
use serde_json::{Value, json};

use super::form;
use super::parameters::{Pairs, filter};
use crate::web::callers::Sender;
use crate::web::spoken::Postmark;
use crate::web::{App, PostmarkError};

pub(crate) async fn search(
    app: State<App>,
    Sender(caller): Sender,
    Postmark(Query(pairs)): Postmark<Query<Pairs>>,
) -> Result<Json<Value>, PostmarkError> {
    let page = app.host.search(&filter(&pairs, &caller)?).await;
    let page = page.map_err(unreadable)?;
    let messages: Vec<Value> = page.messages.iter().map(form::summary).collect();
    Ok(Json(
        json!({ "TotalCount": page.total, "Messages": messages }),
    ))
}

/// The record cannot be read; the caller can only come back.
pub(super) fn unreadable(error: StoreError) -> PostmarkError {
    tracing::error!(%error, "the message log cannot be read");
    PostmarkError::unavailable(
        "The message log cannot be read at the moment; ask again later.",
        None,
    )
}
