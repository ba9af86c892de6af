//! Reading accepted messages back: search, details, raw source.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State as Shared};
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Postmark;
use super::account::{MessageEvent, Sent, State};
use super::address::Mailbox;
use super::answer::ApiError;
use super::caller::Caller;
use super::event::metadata;
use super::params::Params;
use super::time::{after_date, eastern, from_date};
use crate::simulator::clock::later;

/// `GET /messages/outbound`: newest first, one stream.
pub(super) async fn outbound(
    Shared(postmark): Shared<Arc<Postmark>>,
    caller: Caller,
    params: Params,
) -> Result<Response, ApiError> {
    let page = params.page(700)?;
    let filter = Filter::read(&params, &caller)?;
    let state = caller.server.state();
    let now = postmark.clock.now();
    let fitting: Vec<&Sent> = state
        .messages
        .iter()
        .rev()
        .filter(|it| postmark.is_indexed(it, now) && filter.fits(it))
        .collect();
    let listed: Vec<Value> = page
        .of(fitting.iter())
        .map(|it| summary(it, caller.server.sandbox))
        .collect();
    Ok(Json(json!({ "TotalCount": fitting.len(), "Messages": listed })).into_response())
}

/// `GET /messages/outbound/{id}/details`
pub(super) async fn details(
    Shared(postmark): Shared<Arc<Postmark>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let state = caller.server.state();
    let sent = postmark.indexed(&state, &id)?;
    let mut body = summary(sent, caller.server.sandbox);
    body["TextBody"] = json!(sent.content.text);
    body["HtmlBody"] = json!(sent.content.html);
    body["Body"] = json!(super::source::of(sent));
    body["MessageEvents"] = sent.events.iter().map(event).collect();
    Ok(Json(body).into_response())
}

/// `GET /messages/outbound/{id}/dump`
pub(super) async fn dump(
    Shared(postmark): Shared<Arc<Postmark>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let state = caller.server.state();
    let sent = postmark.indexed(&state, &id)?;
    Ok(Json(json!({ "Body": super::source::of(sent) })).into_response())
}

impl Postmark {
    /// Whether the message shows up in search and details yet.
    fn is_indexed(&self, sent: &Sent, now: Timestamp) -> bool {
        later(sent.accepted_at, self.indexing_delay) <= now
    }

    fn indexed<'a>(&self, state: &'a State, id: &str) -> Result<&'a Sent, ApiError> {
        let found = id.parse::<Uuid>().ok().and_then(|id| state.message(&id));
        let unknown = || {
            ApiError::unprocessable(
                701,
                format!("The message with the id '{id}' was not found."),
            )
        };
        found
            .filter(|sent| self.is_indexed(sent, self.clock.now()))
            .ok_or_else(unknown)
    }
}

/// What a search asks for.
struct Filter {
    stream: String,
    recipient: Option<String>,
    from: Option<String>,
    tag: Option<String>,
    subject: Option<String>,
    metadata: Option<(String, String)>,
    since: Option<Timestamp>,
    before: Option<Timestamp>,
    /// Nothing stays queued here.
    queued: bool,
}

impl Filter {
    fn read(params: &Params, caller: &Caller) -> Result<Self, ApiError> {
        let stream = params.get("messagestream").unwrap_or("outbound").to_owned();
        if caller.server.state().stream(&stream).is_none() {
            return Err(ApiError::no_such_stream(&stream));
        }
        let text = |name: &str| params.get(name).map(str::to_lowercase);
        Ok(Self {
            stream,
            recipient: text("recipient"),
            from: text("fromemail"),
            tag: params.get("tag").map(str::to_owned),
            subject: text("subject"),
            metadata: params
                .metadata()
                .map(|(key, value)| (key.to_owned(), value.to_owned())),
            since: params.date("fromdate", from_date, 700)?,
            before: params.date("todate", after_date, 700)?,
            queued: match text("status").as_deref() {
                None | Some("sent" | "processed") => false,
                Some("queued") => true,
                Some(other) => {
                    let what = format!(
                        "The parameter 'status' must be 'queued', 'sent' or 'processed', not '{other}'."
                    );
                    return Err(ApiError::unprocessable(700, what));
                }
            },
        })
    }

    fn fits(&self, sent: &Sent) -> bool {
        let content = &sent.content;
        let is_metadata = |(key, value): &(String, String)| {
            content
                .metadata
                .iter()
                .any(|(name, found)| name.eq_ignore_ascii_case(key) && found == value)
        };
        !self.queued
            && content.stream == self.stream
            && self
                .recipient
                .as_ref()
                .is_none_or(|wanted| content.recipients().any(|it| it.key() == *wanted))
            && self
                .from
                .as_ref()
                .is_none_or(|wanted| content.from.key() == *wanted)
            && (self.tag.is_none() || self.tag == content.tag)
            && self
                .subject
                .as_ref()
                .is_none_or(|wanted| content.subject.to_lowercase().contains(wanted))
            && self.metadata.as_ref().is_none_or(is_metadata)
            && self.since.is_none_or(|since| sent.accepted_at >= since)
            && self.before.is_none_or(|before| sent.accepted_at < before)
    }
}

fn summary(sent: &Sent, sandboxed: bool) -> Value {
    let content = &sent.content;
    let people = |list: &[Mailbox]| -> Vec<Value> {
        list.iter()
            .map(|it| json!({ "Email": it.email, "Name": it.name }))
            .collect()
    };
    json!({
        "Tag": content.tag,
        "MessageID": sent.id,
        "MessageStream": content.stream,
        "To": people(&content.to),
        "Cc": people(&content.cc),
        "Bcc": people(&content.bcc),
        "Recipients": sent.recipients,
        "ReceivedAt": eastern(sent.accepted_at),
        "From": content.written.from,
        "Subject": content.subject,
        "Attachments": content.attachments.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(),
        "Status": "Sent",
        "TrackOpens": content.track_opens,
        "TrackLinks": content.track_links.as_deref().unwrap_or("None"),
        "Metadata": metadata(sent),
        "Sandboxed": sandboxed,
    })
}

fn event(event: &MessageEvent) -> Value {
    json!({
        "Recipient": event.recipient,
        "Type": event.kind,
        "ReceivedAt": eastern(event.at),
        "Details": event.details,
    })
}
