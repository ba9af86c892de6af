//! `host-demo messages show ID`

use std::process::ExitCode;

use clap::Args;
use plugin_host::{AttemptView, MessageSummary, MessageView};

use super::list::state;
use super::{MessageArgument, record, unknown, unread};
use crate::commands::{ConfigArgument, Failure, JsonArgument};
use crate::terminal::{dim, heading, say, say_json, table, time};

#[derive(Debug, Args)]
pub(crate) struct Show {
    #[command(flatten)]
    message: MessageArgument,
    #[command(flatten)]
    config: ConfigArgument,
    #[command(flatten)]
    json: JsonArgument,
}

impl Show {
    pub(super) async fn run(self) -> Result<ExitCode, Failure> {
        let key = self.message.key()?;
        let record = record(&self.config)?;
        let view = record.message(&key).await.map_err(unread)?;
        let view = view.ok_or_else(|| unknown(&key))?;
        if self.json.json {
            say_json(&view);
        } else {
            print(&view);
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn print(view: &MessageView) {
    facts(&view.summary);
    say(format_args!("\n{}", heading("Recipients")));
    let people = view.summary.recipients.iter().map(|person| {
        [
            person.kind.clone(),
            person.address.clone(),
            person.status.clone().unwrap_or_default(),
            person.status_at.map(time).unwrap_or_default(),
            person.reason.clone().unwrap_or_default(),
        ]
    });
    say(table(
        ["LIST", "ADDRESS", "STATUS", "SINCE", "REASON"],
        people,
    ));
    say(format_args!("\n{}", heading("Attempts")));
    let headings = [
        "NO", "PROVIDER", "PLUGIN", "CLAIMED", "TOOK", "OUTCOME", "WORDS", "NEXT",
    ];
    if view.attempts.is_empty() {
        say("None so far.");
    } else {
        say(table(headings, view.attempts.iter().map(attempt)));
    }
    say(format_args!("\n{}", heading("Timeline")));
    if view.timeline.is_empty() {
        say("Nothing has been reported so far.");
    } else {
        say(timeline(view));
    }
}

/// Everything heard of a message, oldest first.
pub(crate) fn timeline(view: &MessageView) -> String {
    let rows = view.timeline.iter().map(|entry| {
        [
            time(entry.at),
            entry.kind.clone(),
            entry.recipient.clone().unwrap_or_default(),
            entry.detail.clone().unwrap_or_default(),
            entry.source.clone(),
        ]
    });
    table(["WHEN", "WHAT", "WHO", "WORDS", "REPORTED BY"], rows)
}

fn facts(message: &MessageSummary) {
    let line = |name: &str, value: &str| {
        if !value.is_empty() {
            say(format_args!("{}{value}", dim(&format!("{name:14}"))));
        }
    };
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    line("message", &message.tracking_id.to_string());
    line("state", &state(message.state));
    line("reason", &text(&message.reason));
    line("subject", &message.subject);
    line("from", &message.from);
    line("account", &message.account);
    line("lead", &text(&message.lead));
    line("user", &text(&message.user_account));
    line("tag", &text(&message.tag));
    line("stream", &text(&message.stream));
    line("route", &message.route);
    line("provider", &text(&message.provider));
    line("its id there", &text(&message.provider_message_id));
    line("accepted", &time(message.accepted_at));
    line("next at", &message.next_at.map(time).unwrap_or_default());
    line(
        "final since",
        &message.finalized_at.map(time).unwrap_or_default(),
    );
    if message.doubled > 0 {
        line("mailed again", &message.doubled.to_string());
    }
}

fn attempt(attempt: &AttemptView) -> [String; 8] {
    let words = [attempt.provider_code.as_deref(), attempt.detail.as_deref()];
    let next_at = attempt.next_at.map(|at| format!(" at {}", time(at)));
    [
        attempt.number.to_string(),
        attempt.provider.clone(),
        format!("{} {}", attempt.plugin_name, attempt.plugin_version),
        time(attempt.claimed_at),
        attempt
            .duration
            .map(|took| format!("{} ms", took.as_millis()))
            .unwrap_or_default(),
        attempt
            .outcome
            .clone()
            .unwrap_or_else(|| "running".to_owned()),
        words.into_iter().flatten().collect::<Vec<_>>().join(" "),
        attempt.next.clone().unwrap_or_default() + &next_at.unwrap_or_default(),
    ]
}
