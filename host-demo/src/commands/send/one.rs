//! One message: accepted, waited for, told.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use plugin_api::TrackingId;
use plugin_host::{MessageState, MessageSummary};
use reqwest::Method;
use serde_json::{Value, json};

use super::settle::Watch;
use crate::commands::Failure;
use crate::commands::gateway::Gateway;
use crate::config::Config;
use crate::letter::Letter;
use crate::terminal::{good, program, say, say_json};

pub(super) async fn send(
    gateway: &Gateway,
    config: &Config,
    letter: Letter,
    wait: Duration,
    as_json: bool,
) -> Result<ExitCode, Failure> {
    let body = Value::Object(letter.0);
    let answer = gateway
        .send(Method::POST, path(&body, false), Some(&body))
        .await?;
    if let Some(refusal) = answer.refusal() {
        return Err(Failure::failed(format!(
            "the message was refused ({refusal}){}",
            hint(&body)
        )));
    }
    let summary = Watch::new(&config.store, wait)?
        .settled(&gateway.message(&body, accepted_id(&answer.json)?))
        .await?;
    if as_json {
        say_json(&summary);
    } else {
        tell(&summary, &config.path);
    }
    outcome(&summary)
}

fn hint(message: &Value) -> &'static str {
    let is_open = |field: &Value| field.as_str().is_some_and(|text| text.contains("{{"));
    if ["To", "Cc", "Bcc", "Subject"]
        .iter()
        .any(|name| is_open(&message[*name]))
    {
        return "; it has {{places}} to fill in: add --each FILE.csv";
    }
    ""
}

/// Where messages of this kind are posted.
pub(super) fn path(message: &Value, batch: bool) -> &'static str {
    let is_templated = ["TemplateId", "TemplateAlias"]
        .iter()
        .any(|key| !message[*key].is_null());
    match (is_templated, batch) {
        (false, false) => "/email",
        (true, false) => "/email/withTemplate",
        (false, true) => "/email/batch",
        (true, true) => "/email/batchWithTemplates",
    }
}

pub(super) fn accepted_id(answer: &Value) -> Result<TrackingId, Failure> {
    let id = answer["MessageID"].as_str().and_then(|id| id.parse().ok());
    id.ok_or_else(|| {
        Failure::failed(format!(
            "the host's answer has no MessageID: {}",
            json!(answer)
        ))
    })
}

fn tell(summary: &MessageSummary, config: &Path) {
    say(format_args!("Accepted as {}", summary.tracking_id));
    if summary.state == MessageState::Sent {
        let provider = summary.provider.as_deref().unwrap_or_default();
        let id = summary.provider_message_id.as_deref().unwrap_or_default();
        say(format_args!("{} by {provider} as {id}", good("Sent")));
    }
    say(format_args!(
        "Its story: {} messages show {} --config {}",
        program(),
        summary.tracking_id,
        config.display()
    ));
}

fn outcome(summary: &MessageSummary) -> Result<ExitCode, Failure> {
    let reason = summary.reason.as_deref().unwrap_or("no reason was given");
    match summary.state {
        MessageState::Sent => Ok(ExitCode::SUCCESS),
        MessageState::Rejected | MessageState::Suppressed | MessageState::Cancelled => Err(
            Failure::failed(format!("the message is {}: {reason}", summary.state)),
        ),
        waiting => Err(Failure::unsettled(format!(
            "the message is accepted and {waiting}{}; do not send it again: the host goes on with it, this one or the next that serves the store",
            summary
                .reason
                .as_ref()
                .map(|why| format!(" ({why})"))
                .unwrap_or_default()
        ))),
    }
}
