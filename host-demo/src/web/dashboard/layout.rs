//! What all pages share.

use jiff::Timestamp;
use maud::{DOCTYPE, Markup, html};
use plugin_host::MessageState;

use crate::terminal;

/// A whole page.
pub(super) fn page(title: &str, content: &Markup) -> Markup {
    html! {
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
