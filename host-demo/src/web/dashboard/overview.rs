//! `GET /`: totals, providers, shares, the last messages.

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};
use plugin_host::{MessageFilter, MessagePage, ProviderStatus, Readiness, Scope, Totals};

use super::layout::{page, state, time};
use super::{Share, shares, unreadable};
use crate::web::callers::Reader;
use crate::web::{App, Problem};

const LATEST: u32 = 50;

/// A token that is bound to an account sees that account's messages, and nothing of the others.
pub(crate) async fn overview(app: State<App>, Reader(caller): Reader) -> Result<Response, Problem> {
    let sees_all = caller.account.is_none();
    let filter = MessageFilter {
        account: caller.account,
        count: LATEST,
        ..MessageFilter::default()
    };
    let messages = app.host.search(&filter).await.map_err(unreadable)?;
    let content = if sees_all {
        let totals = app.host.totals().await.map_err(unreadable)?;
        let (providers, readiness) = (app.host.providers(), app.host.readiness());
        let shares = shares(&app.routes, &totals);
        html! {
            (summary(&totals))
            (provider_table(&providers, &readiness))
            (share_table(&shares))
            (message_table(&messages))
        }
    } else {
        message_table(&messages)
    };
    Ok(page("Overview", &content))
}

fn summary(totals: &Totals) -> Markup {
    html! {
        section aria-labelledby="totals" {
            h2 id="totals" { "Messages" }
            dl class="figures" {
                @for total in &totals.states { div { dt { (state(total.state)) } dd { (total.messages) } } }
                div { dt { "mailed twice" } dd { (totals.doubled) } }
                div { dt { "flagged Do Not Contact" } dd { (totals.flagged) } }
            }
        }
    }
}

fn provider_table(providers: &[ProviderStatus], readiness: &Readiness) -> Markup {
    html! {
        section aria-labelledby="providers" {
            h2 id="providers" { "Providers" }
            table {
                thead { tr { th scope="col" { "Provider" } th scope="col" { "Plugin" } th scope="col" { "Trust" } th scope="col" { "Calls now" } th scope="col" { "Health" } } }
                tbody {
                    @for provider in providers {
                        tr {
                            th scope="row" { (provider.name) }
                            td { (provider.plugin) " " (provider.version) ", ABI " (provider.abi) }
                            td { (provider.trust) }
                            td { (provider.in_flight) }
                            td { (health(provider)) }
                        }
                    }
                    @for refused in &readiness.refused {
                        tr { th scope="row" { (refused.name) } td colspan="3" { (refused.library) } td { strong { "refused: " } (refused.reason) } }
                    }
                }
            }
            @for route in &readiness.routes_without_provider {
                p class="alarm" { "Route " strong { (route) } " has no provider that runs: its messages wait." }
            }
        }
    }
}

fn health(provider: &ProviderStatus) -> Markup {
    html! {
        @if provider.health.iter().all(|part| part.failures == 0) { "well" }
        @for part in provider.health.iter().filter(|part| part.failures > 0) {
            p {
                (scope(&part.key.scope)) ": " (part.failures) " failures in a row"
                @if let Some(reason) = &part.reason { ", resting: " (reason) }
                @if let Some(probe) = part.next_probe { ", next probe " (time(probe)) }
            }
        }
    }
}

fn scope(scope: &Scope) -> String {
    match scope {
        Scope::Provider => "provider".to_owned(),
        Scope::Account => "account".to_owned(),
        Scope::Stream(name) => format!("stream {name}"),
        Scope::Sender(_) => "one sender".to_owned(),
    }
}

fn share_table(shares: &[Share]) -> Markup {
    html! {
        section aria-labelledby="shares" {
            h2 id="shares" { "Shares" }
            table {
                thead { tr { th scope="col" { "Route" } th scope="col" { "Provider" } th scope="col" { "Target" } th scope="col" { "First choice" } th scope="col" { "Achieved" } th scope="col" { "Sent" } } }
                tbody {
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
                }
            }
        }
    }
}

fn message_table(page: &MessagePage) -> Markup {
    html! {
        section aria-labelledby="messages" {
            h2 id="messages" { "Latest messages (" (page.messages.len()) " of " (page.total) ")" }
            table {
                thead { tr { th scope="col" { "Accepted" } th scope="col" { "Message" } th scope="col" { "Subject" } th scope="col" { "State" } th scope="col" { "Provider" } th scope="col" { "Reason" } } }
                tbody {
                    @for message in &page.messages {
                        tr {
                            td { (time(message.accepted_at)) }
                            td { a href={ "/message/" (message.tracking_id) } { code { (message.tracking_id) } } }
                            td { (message.subject) }
                            td { (state(message.state)) }
                            td { (message.provider.as_deref().unwrap_or_default()) }
                            td { (message.reason.as_deref().unwrap_or_default()) }
                        }
                    }
                }
            }
        }
    }
}
