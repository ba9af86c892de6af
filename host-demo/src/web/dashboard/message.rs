//! `GET /message/{id}`: everything that happened to one message.

use axum::extract::{Path, Query, State};
use axum::response::Response;
use maud::{Markup, html};
use plugin_host::{MessageView, StoredDecision};
use serde::Deserialize;

use super::layout::{optional_time, page, state, table, time};
use super::unreadable;
use crate::web::callers::Reader;
use crate::web::spoken::Own;
use crate::web::{App, Problem};

/// Ids are one account's own.
#[derive(Debug, Deserialize)]
pub(crate) struct Of {
    account: Option<String>,
}

pub(crate) async fn message(
    app: State<App>,
    Reader(caller): Reader,
    Own(Path(id)): Own<Path<String>>,
    Own(Query(of)): Own<Query<Of>>,
) -> Result<Response, Problem> {
    let unknown = || Problem::not_found("There is no message with this id.");
    let tracking_id = id.parse().map_err(|_| unknown())?;
    let key = caller
        .message(tracking_id, of.account)
        .ok_or_else(unknown)?;
    let view = app
        .host
        .message(&key)
        .await
        .map_err(unreadable)?
        .ok_or_else(unknown)?;
    let decisions = app.host.decisions(&key).await.map_err(unreadable)?;
    let content = html! { (facts(&view)) (recipients(&view)) (attempts(&view)) (timeline(&view)) (routing(&decisions)) };
    Ok(page("Message", &content))
}

fn facts(view: &MessageView) -> Markup {
    let message = &view.summary;
    let pairs = [
        ("Subject", Some(message.subject.clone())),
        ("From", Some(message.from.clone())),
        ("Account", Some(message.account.clone())),
        ("Lead", message.lead.clone()),
        ("Tag", message.tag.clone()),
        ("Route", Some(message.route.clone())),
        ("Provider", message.provider.clone()),
        ("Provider's id", message.provider_message_id.clone()),
        ("Reason", message.reason.clone()),
    ];
    html! {
        p { code { (message.tracking_id) } " is " (state(message.state)) }
        dl class="facts" {
            dt { "Accepted" } dd { (time(message.accepted_at)) }
            @for (name, value) in pairs.into_iter().filter_map(|(name, value)| Some((name, value.filter(|it| !it.is_empty())?))) {
                dt { (name) } dd { (value) }
            }
        }
    }
}

fn recipients(view: &MessageView) -> Markup {
    let rows = html! {
        @for person in &view.summary.recipients {
            tr {
                th scope="row" { (person.address) }
                td { (person.kind) }
                td { (person.status.as_deref().unwrap_or("–")) }
                td { (optional_time(person.status_at)) }
                td { (person.reason.as_deref().unwrap_or_default()) }
            }
        }
    };
    html! {
        h2 { "Recipients" }
        (table(&["Address", "List", "Status", "Since", "Reason"], &rows))
    }
}

fn attempts(view: &MessageView) -> Markup {
    let rows = html! {
        @for attempt in &view.attempts {
            tr {
                th scope="row" { (attempt.number) }
                td { (attempt.provider) " (" (attempt.plugin_name) " " (attempt.plugin_version) ")" }
                td { (time(attempt.claimed_at)) }
                td { @if let Some(took) = attempt.duration { (took.as_millis()) " ms" } }
                td { (attempt.outcome.as_deref().unwrap_or("running")) }
                td { (attempt.provider_code.as_deref().unwrap_or_default()) " " (attempt.detail.as_deref().unwrap_or_default()) }
                td { (attempt.next.as_deref().unwrap_or_default()) " " (optional_time(attempt.next_at)) }
            }
        }
    };
    let headings = [
        "No.", "Provider", "Claimed", "Took", "Outcome", "Words", "Next",
    ];
    html! {
        h2 { "Attempts" }
        @if view.attempts.is_empty() { p { "None so far." } } @else { (table(&headings, &rows)) }
    }
}

fn timeline(view: &MessageView) -> Markup {
    html! {
        h2 { "Timeline" }
        @if view.timeline.is_empty() { p { "No events so far." } } @else {
            ol class="timeline" {
                @for entry in &view.timeline {
                    li {
                        (time(entry.at)) " " strong { (entry.kind) } " " (entry.recipient.as_deref().unwrap_or_default())
                        " " span class="words" { (entry.detail.as_deref().unwrap_or_default()) }
                        " – reported by " (entry.source) ", heard " (time(entry.received_at))
                    }
                }
            }
        }
    }
}

fn routing(decisions: &[StoredDecision]) -> Markup {
    html! {
        h2 { "Routing" }
        @for stored in decisions {
            h3 { "Attempt " (stored.attempt) }
            pre { (stored.decision.explain()) }
        }
    }
}
