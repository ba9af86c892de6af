//! `GET /`: totals, providers, shares, messages and a way to find one.

use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use maud::{Markup, html};
use plugin_host::{Backlog, Totals};

use super::finder::{Question, address, messages};
use super::layout::{page, state, table};
use super::providers::providers;
use super::{Share, shares, unreadable};
use crate::web::callers::Reader;
use crate::web::spoken::Own;
use crate::web::{App, Problem};

/// A token that is bound to an account sees that account's messages, and nothing of the others.
pub(crate) async fn overview(
    app: State<App>,
    Reader(caller): Reader,
    Own(Query(question)): Own<Query<Question>>,
) -> Result<Response, Problem> {
    let filter = question.filter(&caller);
    let found = app.host.search(&filter).await.map_err(unreadable)?;
    if let (Some(_), [message]) = (filter.tracking_id, &found.messages[..]) {
        return Ok(Redirect::to(&address(message)).into_response());
    }
    let found = messages(&question, &found);
    if caller.account.is_some() {
        return Ok(page("Overview", &found));
    }
    let host = &app.host;
    let totals = host.totals().await.map_err(unreadable)?;
    let backlog = host.backlog().await.map_err(unreadable)?;
    let content = html! {
        (summary(&totals, &backlog))
        (providers(&host.providers(), &host.readiness(), &host.pauses()))
        (share_table(&shares(&app.routes, &totals)))
        (found)
    };
    Ok(page("Overview", &content))
}

fn summary(totals: &Totals, backlog: &Backlog) -> Markup {
    html! {
        section aria-labelledby="totals" {
            h2 id="totals" { "All messages" }
            dl class="figures" {
                @for total in &totals.states { div { dt { (state(total.state)) } dd { (total.messages) } } }
                div { dt { "held for a person" } dd { (backlog.held) } }
                div { dt { "mailed twice" } dd { (totals.doubled) } }
                div { dt { "flagged Do Not Contact" } dd { (totals.flagged) } }
            }
        }
    }
}

fn share_table(shares: &[Share]) -> Markup {
    let rows = html! {
        @for share in shares {
            tr {
                td { (share.route) }
                th scope="row" { (share.provider) }
                td { (format!("{:.1} %", share.target * 100.0)) }
                td { (share.first_choice) }
                td { @if let Some(achieved) = share.achieved { (format!("{:.1} %", achieved * 100.0)) } @else { "–" } }
                td { (share.sent) }
            }
        }
    };
    let headings = [
        "Route",
        "Provider",
        "Target",
        "First choice",
        "Achieved",
        "Sent",
    ];
    html! {
        section aria-labelledby="shares" {
            h2 id="shares" { "Shares" }
            (table(&headings, &rows))
        }
    }
}
