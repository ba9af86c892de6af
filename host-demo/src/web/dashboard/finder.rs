//! Finding messages: by an address, a lead or an id, in a state, a page at a time.

use maud::{Markup, html};
use plugin_host::{MessageFilter, MessagePage, MessageState, MessageSummary};
use serde::Deserialize;

use super::layout::{state, table, time};
use crate::web::Caller;

/// Messages of one page.
const PAGE: u32 = 50;

/// What a person asked for; nothing: the latest.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Question {
    find: String,
    state: String,
    offset: u32,
}

impl Question {
    pub(super) fn find(&self) -> &str {
        self.find.trim()
    }

    /// A token that is bound to an account finds that account's messages alone.
    pub(super) fn filter(&self, caller: &Caller) -> MessageFilter {
        let find = Some(self.find().to_owned()).filter(|text| !text.is_empty());
        let filter = MessageFilter {
            account: caller.account.clone(),
            states: self.state.parse().into_iter().collect(),
            count: PAGE,
            offset: self.offset,
            ..MessageFilter::default()
        };
        let id = find.as_ref().and_then(|text| text.parse().ok());
        match find {
            _ if id.is_some() => MessageFilter {
                tracking_id: id,
                ..filter
            },
            Some(address) if address.contains('@') => MessageFilter {
                recipient: Some(address),
                ..filter
            },
            lead => MessageFilter { lead, ..filter },
        }
    }

    fn page(&self, offset: u32) -> String {
        format!(
            "/?find={}&state={}&offset={offset}",
            encode(self.find()),
            encode(&self.state)
        )
    }
}

pub(super) fn messages(question: &Question, found: &MessagePage) -> Markup {
    let rows = html! { @for message in &found.messages { (row(message)) } };
    let headings = ["Accepted", "To", "Subject", "State", "Provider", "Reason"];
    html! {
        section aria-labelledby="messages" {
            h2 id="messages" { "Messages, the latest first" }
            (form(question))
            @if found.messages.is_empty() { p { "There are none." } } @else { (table(&headings, &rows)) }
            (pages(question, found))
        }
    }
}

fn form(question: &Question) -> Markup {
    html! {
        form role="search" action="/" method="get" {
            label { "Address, lead or message id" input type="search" name="find" value=(question.find()) size="40"; }
            label {
                "State"
                select name="state" {
                    option value="" { "any" }
                    @for state in MessageState::ALL {
                        option value=(state) selected[question.state == state.as_str()] { (state) }
                    }
                }
            }
            button { "Find" }
        }
    }
}

/// The page of a message: an id alone may name those of several accounts.
pub(super) fn address(message: &MessageSummary) -> String {
    format!(
        "/message/{}?account={}",
        message.tracking_id,
        encode(&message.account)
    )
}

fn encode(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

fn row(message: &MessageSummary) -> Markup {
    let others = message.recipients.len().saturating_sub(1);
    html! {
        tr {
            td { a href=(address(message)) { (time(message.accepted_at)) } }
            td {
                @if let Some(first) = message.recipients.first() { (first.address) }
                @if others > 0 { " +" (others) }
            }
            td { (message.subject) }
            td { (state(message.state)) }
            td { (message.provider.as_deref().unwrap_or_default()) }
            td { (message.reason.as_deref().unwrap_or_default()) }
        }
    }
}

fn pages(question: &Question, found: &MessagePage) -> Markup {
    let shown = u32::try_from(found.messages.len()).unwrap_or(PAGE);
    let behind = question.offset.saturating_add(shown);
    html! {
        p class="pages" {
            @if shown > 0 { span { (question.offset + 1) " to " (behind) " of " (found.total) } }
            @if question.offset > 0 { a href=(question.page(question.offset.saturating_sub(PAGE))) { "newer" } }
            @if u64::from(behind) < found.total { a href=(question.page(behind)) { "older" } }
        }
    }
}
