//! `GET /messages/outbound`

use axum::Json;
use axum::extract::{Query, State};
use plugin_host::{MessageKey, MessageSummary, StoreError};
use serde_json::{Value, json};

use super::form;
use super::parameters::Search;
use crate::web::callers::Sender;
use crate::web::spoken::Postmark;
use crate::web::{App, PostmarkError};

type Pairs = Postmark<Query<Vec<(String, String)>>>;

pub(crate) async fn search(
    app: State<App>,
    Sender(caller): Sender,
    Postmark(Query(pairs)): Pairs,
) -> Result<Json<Value>, PostmarkError> {
    let search = Search::read(&pairs, &caller)?;
    let (total, messages) = found(&app, search).await.map_err(unreadable)?;
    let messages: Vec<Value> = messages.iter().map(form::summary).collect();
    Ok(Json(json!({ "TotalCount": total, "Messages": messages })))
}

async fn found(app: &App, search: Search) -> Result<(u64, Vec<MessageSummary>), StoreError> {
    let Some(tracking_id) = search.tracking_id else {
        let page = app.host.search(&search.filter).await?;
        return Ok((page.total, page.messages));
    };
    let key = MessageKey {
        account: search.filter.account,
        tracking_id,
    };
    let named = app.host.message(&key).await?;
    Ok((
        u64::from(named.is_some()),
        named.map(|view| view.summary).into_iter().collect(),
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
