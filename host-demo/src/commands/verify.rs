//! `host-demo verify`: every accepted message accounted for. Reads beside a host that runs, and changes nothing.

use std::process::ExitCode;

use clap::Args;
use plugin_host::Balance;

use super::messages::record;
use super::{ConfigArgument, Failure, JsonArgument};
use crate::terminal::{bad, dim, good, say, say_json};

#[derive(Debug, Args)]
pub(crate) struct Verify {
    #[command(flatten)]
    config: ConfigArgument,
    #[command(flatten)]
    json: JsonArgument,
}

impl Verify {
    pub(super) async fn run(self) -> Result<ExitCode, Failure> {
        let record = record(&self.config)?;
        let balance = record.balance().await.map_err(Failure::failed)?;
        if self.json.json {
            say_json(&balance);
        } else {
            print(&balance);
        }
        if balance.lost == 0 && balance.doubled == 0 {
            return Ok(ExitCode::SUCCESS);
        }
        Err(Failure::failed(format!(
            "{} lost, {} doubled; `docs/delivery.md` says what that means",
            balance.lost, balance.doubled
        )))
    }
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
