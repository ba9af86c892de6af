//! `host-demo verify`: every accepted message accounted for. Reads beside a host that runs, and changes nothing.

mod compare;

use std::process::ExitCode;

use clap::Args;
use plugin_host::Balance;
use serde::Serialize;

use self::compare::{Comparison, compare};
use super::messages::record;
use super::{ConfigArgument, Failure, JsonArgument, log};
use crate::config::Config;
use crate::terminal::{bad, dim, good, heading, say, say_json, table};

#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// Ask the providers as well: whether they have the latest so many sent messages, and each once. 0: all of them.
    #[arg(long, value_name = "NUMBER", num_args = 0..=1, default_missing_value = "100")]
    compare: Option<u32>,
    #[command(flatten)]
    config: ConfigArgument,
    #[command(flatten)]
    json: JsonArgument,
}

impl Verify {
    pub(super) async fn run(self) -> Result<ExitCode, Failure> {
        log::start_quietly();
        let record = record(&self.config)?;
        let balance = record.balance().await.map_err(Failure::failed)?;
        let providers = match self.compare {
            None => None,
            Some(most) => {
                let config = Config::load(&self.config.config)?;
                Some(compare(&config, &record, most).await?)
            }
        };
        let report = Report { balance, providers };
        if self.json.json {
            say_json(&report);
        } else {
            print(&report.balance);
            report
                .providers
                .iter()
                .for_each(|providers| print_comparison(providers));
        }
        report.verdict()
    }
}

#[derive(Debug, Serialize)]
struct Report {
    #[serde(flatten)]
    balance: Balance,
    #[serde(skip_serializing_if = "Option::is_none")]
    providers: Option<Vec<Comparison>>,
}

impl Report {
    fn verdict(&self) -> Result<ExitCode, Failure> {
        let Balance { lost, doubled, .. } = self.balance;
        if lost + doubled > 0 {
            return Err(Failure::failed(format!(
                "{lost} lost, {doubled} doubled; `docs/delivery.md` says what that means"
            )));
        }
        let mut providers = self.providers.iter().flatten();
        match providers.find(|provider| provider.contradicts()) {
            None => Ok(ExitCode::SUCCESS),
            Some(provider) => Err(Failure::failed(format!(
                "{} has mails that the record does not know of",
                provider.provider
            ))),
        }
    }
}

fn print_comparison(providers: &[Comparison]) {
    say(format_args!(
        "\n{}",
        heading("What the providers say of sent messages")
    ));
    let rows = providers.iter().map(|provider| {
        let figures = [
            provider.asked,
            provider.found,
            provider.several,
            provider.other_id,
            provider.not_shown,
            provider.unknown,
        ];
        let [asked, found, several, other_id, not_shown, unknown] =
            figures.map(|figure| figure.to_string());
        let why = provider.why.clone().unwrap_or_default();
        [
            provider.provider.clone(),
            asked,
            found,
            several,
            other_id,
            not_shown,
            unknown,
            why,
        ]
    });
    let headings = [
        "PROVIDER",
        "ASKED",
        "FOUND",
        "SEVERAL",
        "OTHER ID",
        "NOT SHOWN",
        "UNKNOWN",
        "WHY",
    ];
    say(table(headings, rows));
    say(dim(
        "Not shown proves nothing: searches lag behind, and services forget.",
    ));
}

fn print(balance: &Balance) {
    line("accepted", balance.accepted, "of which");
    line("  sent", balance.sent, "a provider accepted them");
    line(
        "  suppressed",
        balance.suppressed,
        "stopped by Do Not Contact or the provider's list",
    );
    line(
        "  rejected",
        balance.rejected,
        "refused for good, or too old",
    );
    line("  cancelled", balance.cancelled, "called back");
    line(
        "  waiting",
        balance.waiting,
        "queued, or for another attempt",
    );
    line("  sending", balance.sending, "in a call");
    line(
        "  in doubt",
        balance.in_doubt,
        "perhaps sent; evidence is sought",
    );
    line(
        "  held",
        balance.held,
        "perhaps sent; a person decides (`messages resolve`)",
    );
    verdict("  lost", balance.lost, "nothing will ever move them");
    verdict(
        "doubled",
        balance.doubled,
        "second mails that came to light",
    );
    for id in &balance.lost_messages {
        say(format_args!("{} {id}", bad("lost:")));
    }
}

fn line(name: &str, figure: u64, words: &str) {
    say(format_args!("{name:12} {figure:>10}  {}", dim(words)));
}

/// What must be nought.
fn verdict(name: &str, figure: u64, words: &str) {
    let shown = format!("{figure:>10}");
    let shown = if figure == 0 {
        good(&shown)
    } else {
        bad(&shown)
    };
    say(format_args!("{name:12} {shown}  {}", dim(words)));
}
