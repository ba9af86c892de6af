//! `host-demo explain ID`: why this provider. The stored decision is made again from its stored inputs; it must come out the same.

use std::process::ExitCode;

use clap::Args;
use plugin_host::StoredDecision;
use serde_json::json;

use super::messages::{MessageArgument, record, unknown, unread};
use super::{ConfigArgument, Failure, JsonArgument};
use crate::terminal::{bad, good, heading, say, say_json};

#[derive(Debug, Args)]
pub(crate) struct Explain {
    #[command(flatten)]
    message: MessageArgument,
    #[command(flatten)]
    config: ConfigArgument,
    #[command(flatten)]
    json: JsonArgument,
}

impl Explain {
    pub(super) async fn run(self) -> Result<ExitCode, Failure> {
        let key = self.message.key()?;
        let record = record(&self.config)?;
        let view = record.message(&key).await.map_err(unread)?;
        let view = view.ok_or_else(|| unknown(&key))?;
        let decisions = record.decisions(&key).await.map_err(Failure::failed)?;
        if self.json.json {
            say_json(&decisions.iter().map(as_json).collect::<Vec<_>>());
        } else if decisions.is_empty() {
            let reason = view
                .summary
                .reason
                .unwrap_or_else(|| "it has not been its turn yet".to_owned());
            say(format_args!(
                "No provider has been chosen for this message: it is {} ({reason}).",
                view.summary.state
            ));
        } else {
            decisions.iter().for_each(print);
        }
        if decisions.iter().all(comes_out_the_same) {
            return Ok(ExitCode::SUCCESS);
        }
        Err(Failure::failed(
            "a decision made again from its stored inputs comes out differently: the record was changed, or another version of the \
             routing rules made it",
        ))
    }
}

/// Whether the decision follows from its inputs.
pub(crate) fn comes_out_the_same(stored: &StoredDecision) -> bool {
    stored.decision.replay() == stored.decision
}

fn print(stored: &StoredDecision) {
    say(heading(&format!("Attempt {}", stored.attempt)));
    say(stored.decision.explain().trim_end());
    if comes_out_the_same(stored) {
        say(good(
            "Made again from its stored inputs, the decision comes out the same.\n",
        ));
    } else {
        say(bad(
            "Made again from its stored inputs, the decision comes out differently:",
        ));
        say(stored.decision.replay().explain());
    }
}

fn as_json(stored: &StoredDecision) -> serde_json::Value {
    json!({
        "attempt": stored.attempt,
        "decision": stored.decision,
        "explanation": stored.decision.explain(),
        "replayed_the_same": comes_out_the_same(stored),
    })
}
