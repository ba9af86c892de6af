//! What all pages share.

use axum::http::HeaderName;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY};
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use maud::{DOCTYPE, Markup, html};
use plugin_host::MessageState;

use crate::terminal;

/// Nothing but our own style sheet is loaded, nobody frames the page, and no address of it leaves with a link.
const PROTECTION: [(HeaderName, &str); 3] = [
    (
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    ),
    (REFERRER_POLICY, "no-referrer"),
    (CACHE_CONTROL, "no-store"),
];

/// A whole page.
pub(super) fn page(title: &str, content: &Markup) -> Response {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " – host-demo" }
                link rel="stylesheet" href="/dashboard.css";
            }
            body {
                header { nav aria-label="Main" { a href="/" { "host-demo" } } }
                main { h1 { (title) } (content) }
                footer { p { "Times are UTC. This page shows the record as it was at " (time(Timestamp::now())) "." } }
            }
        }
    };
    (PROTECTION, page).into_response()
}

/// A table that scrolls by itself where it is wider than the page.
pub(super) fn table(headings: &[&str], rows: &Markup) -> Markup {
    html! {
        div class="wide" {
            table {
                thead { tr { @for heading in headings { th scope="col" { (heading) } } } }
                tbody { (rows) }
            }
        }
    }
}

/// A moment, readable by people and programs.
pub(super) fn time(at: Timestamp) -> Markup {
    html! { time datetime=(at) { (terminal::time(at)) } }
}

pub(super) fn optional_time(at: Option<Timestamp>) -> Markup {
    html! { @if let Some(at) = at { (time(at)) } }
}

/// A state as a word; colour only repeats what the word says.
pub(super) fn state(state: MessageState) -> Markup {
    html! { span class={ "state " (state) } { (state) } }
}
