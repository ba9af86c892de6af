//! A hundred leads are written to: a CSV merged into a template with an inline image and a PDF, through the host's own API.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use plugin_api::TrackingId;
use plugin_host::{MessageKey, MessageState, MessageView};
use serde_json::Value;

use super::guide::Guide;
use super::stage::{PROVIDERS, Stage, WEIGHTS};
use crate::commands::Failure;
use crate::letter::{Letter, Merger};
use crate::terminal::{percent, say, table};

/// Long enough for the slowest machine.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// One lead's message, with its JSON as it was posted.
pub(super) struct Sent {
    pub(super) letter: Value,
    pub(super) key: MessageKey,
    pub(super) view: MessageView,
}

pub(super) async fn run(
    guide: &mut Guide,
    stage: &Stage,
    messages: usize,
) -> Result<Vec<Sent>, Failure> {
    guide.step("Leads from a CSV file are written to, each with an inline image and a PDF, and routed 70 to 30");
    let letter = Letter::read(&stage.example("welcome.json")).map_err(Failure::failed)?;
    let merger = Merger::new(letter, &stage.example("leads.csv")).map_err(Failure::failed)?;
    let letters: Vec<Value> = merger.letters().take(messages).collect();
    let progress = bar(letters.len());
    let mut accepted = Vec::with_capacity(letters.len());
    for letter in letters {
        let answer = post(stage, &letter).await?;
        accepted.push((letter, key(&answer)?));
        progress.inc(1);
    }
    progress.set_message("waiting for the providers");
    let mut sent = Vec::with_capacity(accepted.len());
    for (letter, key) in accepted {
        let view = settled(stage, &key).await?;
        sent.push(Sent { letter, key, view });
    }
    progress.finish_and_clear();
    stage.heard().await;
    show_shares(guide, stage, &sent)?;
    Ok(sent)
}

fn show_shares(guide: &Guide, stage: &Stage, sent: &[Sent]) -> Result<(), Failure> {
    let went_to = |provider: &str| {
        let to = |one: &&Sent| one.view.summary.provider.as_deref() == Some(provider);
        sent.iter().filter(to).count() as u64
    };
    let whole = sent.len() as u64;
    let rows = PROVIDERS.iter().zip(WEIGHTS).map(|(name, weight)| {
        let achieved = went_to(name);
        [
            (*name).to_owned(),
            percent(weight, WEIGHTS.iter().sum()),
            percent(achieved, whole),
            achieved.to_string(),
            stage
                .account(name)
                .simulator
                .ledger()
                .accepted()
                .to_string(),
        ]
    });
    say(table(
        [
            "Provider",
            "Target",
            "Achieved",
            "Messages",
            "In the service's ledger",
        ],
        rows,
    ));
    guide.note("  The same lead always goes to the same provider, so shares come close to the weights rather than meeting them.");
    let all = sent
        .iter()
        .all(|one| one.view.summary.state == MessageState::Sent);
    let ledgers: usize = PROVIDERS
        .iter()
        .map(|name| stage.account(name).simulator.ledger().accepted())
        .sum();
    guide.check(
        "every message was accepted by exactly one service",
        all && ledgers == sent.len(),
    )
}

/// Posts a message the way a CRM would.
pub(super) async fn try_post(stage: &Stage, letter: &Value) -> Result<Value, Failure> {
    let answer = stage
        .http
        .post(format!("{}/email", stage.service.base_url()))
        .header("Accept", "application/json")
        .header("X-Postmark-Server-Token", &stage.token)
        .json(letter)
        .send()
        .await
        .map_err(Failure::failed)?;
    answer.json().await.map_err(Failure::failed)
}

pub(super) async fn post(stage: &Stage, letter: &Value) -> Result<Value, Failure> {
    let answer = try_post(stage, letter).await?;
    if answer["ErrorCode"] != 0 {
        return Err(Failure::failed(format!(
            "the host refused a message: {answer}"
        )));
    }
    Ok(answer)
}

pub(super) fn key(answer: &Value) -> Result<MessageKey, Failure> {
    let id = answer["MessageID"].as_str().unwrap_or_default();
    id.parse::<TrackingId>()
        .map(MessageKey::any)
        .map_err(Failure::failed)
}

pub(super) async fn settled(stage: &Stage, key: &MessageKey) -> Result<MessageView, Failure> {
    let view = stage
        .service
        .host
        .settled(key, PATIENCE)
        .await
        .map_err(Failure::failed)?;
    view.ok_or_else(|| Failure::failed("an accepted message is not in the record"))
}

pub(super) async fn view(stage: &Stage, key: &MessageKey) -> Result<MessageView, Failure> {
    let view = stage.service.host.message(key).await;
    view.map_err(Failure::failed)?
        .ok_or_else(|| Failure::failed("an accepted message is not in the record"))
}

fn bar(length: usize) -> ProgressBar {
    let progress = ProgressBar::new(length as u64);
    if let Ok(style) = ProgressStyle::with_template("  {bar:40.green} {pos}/{len} {msg}") {
        progress.set_style(style);
    }
    progress
}
