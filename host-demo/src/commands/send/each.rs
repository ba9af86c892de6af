//! One message per row: posted in batches, each row once, with a table of what became of each.

use std::collections::{BTreeMap, HashSet};
use std::process::ExitCode;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use plugin_host::MessageState;
use reqwest::Method;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::one::{accepted_id, path};
use super::settle::Watch;
use crate::commands::Failure;
use crate::commands::gateway::Gateway;
use crate::config::Config;
use crate::letter::{Letter, Merger};
use crate::terminal::{bad, good, say, say_json, table, warn};

/// Messages of one request, and about how large it may be.
const MOST: usize = 50;
const LARGEST: usize = 20 * 1024 * 1024;

/// A mailing of which no row is mailed twice.
pub(super) struct Run(Uuid);

/// What became of one row.
#[derive(Debug, Serialize)]
struct Row {
    row: usize,
    to: String,
    tracking_id: Option<String>,
    /// The same row had been mailed before in this run.
    repeat: bool,
    state: Option<MessageState>,
    provider: Option<String>,
    provider_message_id: Option<String>,
    reason: Option<String>,
}

impl Run {
    /// A run by the name the user gave, or by the message's text.
    pub(super) fn new(name: Option<&str>, letter: &Letter) -> Self {
        let text = name.map_or_else(|| json!(letter.0).to_string(), str::to_owned);
        Self(Uuid::new_v5(&Uuid::NAMESPACE_OID, text.as_bytes()))
    }

    /// The id of a row's message: the same row of the same run is the same message.
    fn mark(&self, message: &mut Value) {
        let own = Uuid::new_v5(&self.0, message.to_string().as_bytes());
        if message["TrackingId"]
            .as_str()
            .is_none_or(|id| id.trim().is_empty())
        {
            message["TrackingId"] = own.to_string().into();
        }
    }
}

pub(super) async fn send(
    gateway: &Gateway,
    config: &Config,
    merger: &Merger,
    run: &Run,
    wait: Duration,
    as_json: bool,
) -> Result<ExitCode, Failure> {
    let mut messages: Vec<Value> = merger.letters().collect();
    messages.iter_mut().for_each(|message| run.mark(message));
    let watch = Watch::new(&config.store, wait)?;
    let earlier = earlier(gateway, &watch, &messages).await?;
    let bar = progress(messages.len(), as_json);
    bar.set_message("accepting");
    let answers = post(gateway, &messages, &bar).await?;
    bar.reset();
    bar.set_message("sending");
    let mut rows = Vec::with_capacity(messages.len());
    for (message, answer) in messages.iter().zip(&answers) {
        let mut row = Row::of(rows.len() + 1, message, &earlier);
        row.settle(gateway, &watch, message, answer).await?;
        rows.push(row);
        bar.inc(1);
    }
    bar.finish_and_clear();
    if as_json {
        say_json(&rows);
    } else {
        print(&rows);
    }
    outcome(&rows)
}

/// Which of the messages were mailed before: by an earlier command, or by an equal row above.
async fn earlier(
    gateway: &Gateway,
    watch: &Watch,
    messages: &[Value],
) -> Result<HashSet<usize>, Failure> {
    let (mut earlier, mut seen) = (HashSet::new(), HashSet::new());
    for (index, message) in messages.iter().enumerate() {
        let id = message["TrackingId"].as_str().unwrap_or_default();
        let Ok(id) = id.parse() else {
            // The host refuses it.
            continue;
        };
        let key = gateway.message(message, id);
        if watch.knows(&key).await? || !seen.insert(key) {
            earlier.insert(index + 1);
        }
    }
    Ok(earlier)
}

/// One answer for each message, in the same order.
async fn post(
    gateway: &Gateway,
    messages: &[Value],
    bar: &ProgressBar,
) -> Result<Vec<Value>, Failure> {
    let mut answers = Vec::with_capacity(messages.len());
    for batch in batches(messages) {
        let path = path(&batch[0], true);
        let body = match path {
            "/email/batch" => json!(batch),
            _ => json!({ "Messages": batch }),
        };
        let answer = gateway.send(Method::POST, path, Some(&body)).await?;
        if let Some(refusal) = answer.refusal() {
            return Err(Failure::failed(format!(
                "the host refused a batch ({refusal}); {} messages before it were accepted",
                answers.len()
            )));
        }
        answers.extend(answer.json.as_array().into_iter().flatten().cloned());
        bar.inc(batch.len() as u64);
    }
    Ok(answers)
}

/// Neighbours that fit into one request; one that fits into none goes alone and is refused there.
fn batches(messages: &[Value]) -> Vec<&[Value]> {
    let (mut batches, mut start, mut size) = (Vec::new(), 0, 0);
    for (index, message) in messages.iter().enumerate() {
        let length = message.to_string().len();
        if index > start && (index - start >= MOST || size + length > LARGEST) {
            batches.push(&messages[start..index]);
            (start, size) = (index, 0);
        }
        size += length;
    }
    batches.push(&messages[start..]);
    batches
}

impl Row {
    fn of(number: usize, message: &Value, earlier: &HashSet<usize>) -> Self {
        Self {
            row: number,
            to: message["To"].as_str().unwrap_or_default().to_owned(),
            tracking_id: None,
            repeat: earlier.contains(&number),
            state: None,
            provider: None,
            provider_message_id: None,
            reason: None,
        }
    }

    async fn settle(
        &mut self,
        gateway: &Gateway,
        watch: &Watch,
        message: &Value,
        answer: &Value,
    ) -> Result<(), Failure> {
        if answer["ErrorCode"] != 0 {
            let (code, words) = (&answer["ErrorCode"], answer["Message"].as_str());
            self.reason = Some(format!("refused ({code}): {}", words.unwrap_or_default()));
            return Ok(());
        }
        let key = gateway.message(message, accepted_id(answer)?);
        let summary = watch.settled(&key).await?;
        self.tracking_id = Some(summary.tracking_id.to_string());
        self.state = Some(summary.state);
        self.provider = summary.provider;
        self.provider_message_id = summary.provider_message_id;
        self.reason = summary.reason;
        Ok(())
    }

    fn outcome(&self) -> String {
        match self.state {
            None => bad("refused"),
            Some(MessageState::Sent) if self.repeat => warn("sent before"),
            Some(MessageState::Sent) => good("sent"),
            Some(state) if state.is_final() => bad(&state.to_string()),
            Some(state) => warn(&state.to_string()),
        }
    }
}

fn progress(length: usize, as_json: bool) -> ProgressBar {
    if as_json {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{msg:10} {bar:40} {pos}/{len}");
    let bar = ProgressBar::new(length as u64);
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn print(rows: &[Row]) {
    let cells = rows.iter().map(|row| {
        let reason = row.reason.as_ref();
        let reason = reason.filter(|_| row.state != Some(MessageState::Sent));
        [
            row.row.to_string(),
            row.to.clone(),
            row.outcome(),
            row.provider.clone().unwrap_or_default(),
            row.tracking_id.clone().unwrap_or_default(),
            reason.cloned().unwrap_or_default(),
        ]
    });
    let headings = ["ROW", "TO", "OUTCOME", "PROVIDER", "MESSAGE", "REASON"];
    say(table(headings, cells));
    say(summary(rows));
}

/// `100 rows: 67 sent by main, 33 sent by second`
fn summary(rows: &[Row]) -> String {
    let mut counts = BTreeMap::new();
    for row in rows {
        let what = match (row.state, &row.provider) {
            (None, _) => "refused".to_owned(),
            (Some(MessageState::Sent), _) if row.repeat => "sent before".to_owned(),
            (Some(MessageState::Sent), Some(provider)) => format!("sent by {provider}"),
            (Some(state), _) => state.to_string(),
        };
        *counts.entry(what).or_insert(0) += 1;
    }
    let counts: Vec<String> = counts
        .iter()
        .map(|(what, count)| format!("{count} {what}"))
        .collect();
    format!("{} rows: {}", rows.len(), counts.join(", "))
}

fn outcome(rows: &[Row]) -> Result<ExitCode, Failure> {
    let count = |is: fn(&Row) -> bool| rows.iter().filter(|row| is(row)).count();
    let failed = count(|row| {
        row.state
            .is_none_or(|state| state.is_final() && state != MessageState::Sent)
    });
    let open = count(|row| row.state.is_some_and(|state| !state.is_final()));
    match (failed, open) {
        (0, 0) => Ok(ExitCode::SUCCESS),
        (_, 0) => Err(Failure::failed(format!(
            "{failed} of {} rows were not sent",
            rows.len()
        ))),
        _ => Err(Failure::unsettled(format!(
            "{open} of {} rows are accepted and not settled yet, {failed} were not sent; do not send them again under another --run: the \
             host goes on with them",
            rows.len()
        ))),
    }
}
