//! `GET /api/events?after=SEQ`: statuses and flags in the order in which they were recorded, for the CRM.

use axum::Json;
use axum::extract::{Query, State};
use plugin_host::FeedEvent;
use serde::Deserialize;
use serde_json::{Value, json};

use super::callers::Reader;
use super::spoken::Own;
use super::{App, Caller, Problem};

const MOST: usize = 1000;

#[derive(Debug, Deserialize)]
pub(crate) struct Page {
    /// The last number the reader has dealt with.
    #[serde(default)]
    after: i64,
    limit: Option<usize>,
}

/// `next` is what to ask with next; it moves on also over events of accounts the token may not see.
pub(crate) async fn events(
    app: State<App>,
    Reader(caller): Reader,
    Own(Query(page)): Own<Query<Page>>,
) -> Result<Json<Value>, Problem> {
    let limit = page.limit.unwrap_or(100);
    if !(1..=MOST).contains(&limit) || page.after < 0 {
        return Err(Problem::bad_request(format!(
            "`after` must be 0 or more and `limit` 1 to {MOST}."
        )));
    }
    let events = app.host.events(page.after, limit).await.map_err(|error| {
        tracing::error!(%error, "the feed cannot be read");
        Problem::unavailable("The feed cannot be read at the moment; ask again later.")
    })?;
    let next = events.last().map_or(page.after, |event| event.seq);
    let more = events.len() == limit;
    let seen: Vec<FeedEvent> = events
        .into_iter()
        .filter_map(|event| as_seen_by(&caller, event))
        .collect();
    Ok(Json(json!({ "events": seen, "next": next, "more": more })))
}

/// A flag that holds in every account concerns every reader, but not where it came from: that is another account's message.
fn as_seen_by(caller: &Caller, mut event: FeedEvent) -> Option<FeedEvent> {
    let account = event.body.get("account").and_then(Value::as_str);
    let is_for_all = account.is_none() && event.kind.starts_with("contact.");
    if caller.account.is_some() && is_for_all {
        for origin in ["tracking_id", "lead", "provider", "provider_message_id"] {
            event.body.remove(origin);
        }
        return Some(event);
    }
    caller.may_see(account.unwrap_or_default()).then_some(event)
}
