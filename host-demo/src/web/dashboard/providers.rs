//! Who carries mail now, who was refused, what is paused.

use maud::{Markup, html};
use plugin_host::{Pause, ProviderStatus, Readiness, Scope};

use super::layout::{table, time};

pub(super) fn providers(
    running: &[ProviderStatus],
    readiness: &Readiness,
    pauses: &[Pause],
) -> Markup {
    let rows = html! {
        @for provider in running {
            tr {
                th scope="row" { (provider.name) }
                td { (provider.plugin) " " (provider.version) ", ABI " (provider.abi) }
                td { (provider.trust) }
                td { (provider.in_flight) }
                td { (health(provider)) }
            }
        }
        @for refused in &readiness.refused {
            tr {
                th scope="row" { (refused.name) }
                td colspan="3" { (refused.library) }
                td { strong class="alarm" { "refused: " } (refused.reason) }
            }
        }
    };
    html! {
        section aria-labelledby="providers" {
            h2 id="providers" { "Providers" }
            (table(&["Provider", "Plugin", "Trust", "Calls now", "Health"], &rows))
            @for route in &readiness.routes_without_provider {
                p class="alarm" { "Route " strong { (route) } " has no provider that runs: its messages wait." }
            }
            @for pause in pauses {
                p class="alarm" { "The " (pause.subject) " " strong { (pause.name) } " is paused since " (time(pause.since)) ": " (pause.reason) }
            }
        }
    }
}

fn health(provider: &ProviderStatus) -> Markup {
    let ailing: Vec<_> = provider
        .health
        .iter()
        .filter(|part| part.failures > 0)
        .collect();
    html! {
        @if ailing.is_empty() && provider.problem.is_none() { "well" }
        @if let Some(problem) = &provider.problem { p { "last check: " (problem) } }
        @for part in ailing {
            p {
                (scope(&part.key.scope)) ": " (failures(part.failures))
                @if let Some(reason) = &part.reason { ", resting: " (reason) }
                @if let Some(probe) = part.next_probe { ", next probe " (time(probe)) }
            }
        }
    }
}

fn failures(count: u32) -> String {
    match count {
        1 => "1 failure".to_owned(),
        count => format!("{count} failures in a row"),
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
