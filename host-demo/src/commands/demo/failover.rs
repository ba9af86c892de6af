//! One service goes down; three mail files go out all the same, and the record says why they went where they went.

use plugin_host::MessageState;
use serde_json::Value;

use super::examples::MAIL_FILES;
use super::guide::Guide;
use super::sending::{Sent, key, post, settled};
use super::stage::{PROVIDERS, Stage};
use crate::commands::Failure;
use crate::letter::Letter;
use crate::terminal::{say, table};

pub(super) async fn run(guide: &mut Guide, stage: &Stage, sent: &[Sent]) -> Result<(), Failure> {
    guide.step("One service is switched off; mail files go out through the other");
    stage.simulator(PROVIDERS[0]).switch_off().await;
    let mut letters = Vec::new();
    for file in MAIL_FILES {
        let letter = Letter::read(&stage.example(file)).map_err(Failure::failed)?;
        letters.push((file.to_owned(), Value::Object(letter.0)));
    }
    // Somebody whose mail would go to the service that is down.
    let of_the_first = |one: &&Sent| one.view.summary.provider.as_deref() == Some(PROVIDERS[0]);
    if let Some(one) = sent.iter().skip(1).find(of_the_first) {
        letters.push(("a second mail to a lead".to_owned(), one.letter.clone()));
    }
    let mut rows = Vec::new();
    let mut example_key = None;
    let mut all_sent = true;
    for (name, letter) in letters {
        let key = key(&post(stage, &letter).await?)?;
        let view = settled(stage, &key).await?;
        all_sent &= view.summary.state == MessageState::Sent;
        let path: Vec<String> = view
            .attempts
            .iter()
            .map(|attempt| {
                format!(
                    "{}: {}",
                    attempt.provider,
                    attempt.outcome.clone().unwrap_or_default()
                )
            })
            .collect();
        if view.attempts.len() > 1 || example_key.is_none() {
            example_key = Some(key);
        }
        let failed = view.attempts.iter().rev().nth(1);
        let why = failed.and_then(|attempt| attempt.detail.clone());
        rows.push([
            name,
            view.summary.state.to_string(),
            path.join(", then "),
            why.unwrap_or_default(),
        ]);
    }
    say(table(["Mail", "State", "Attempts", "Why it went on"], rows));
    stage
        .simulator(PROVIDERS[0])
        .switch_on()
        .await
        .map_err(Failure::failed)?;
    guide.check(
        "with one service down, every mail went through the other",
        all_sent,
    )?;
    explain(guide, stage, example_key.as_ref()).await
}

async fn explain(
    guide: &mut Guide,
    stage: &Stage,
    key: Option<&plugin_host::MessageKey>,
) -> Result<(), Failure> {
    guide.step("Why did it go there? The stored decision is replayed");
    let key = key.ok_or_else(|| Failure::failed("nothing was sent"))?;
    let decisions = stage
        .service
        .host
        .decisions(key)
        .await
        .map_err(Failure::failed)?;
    let mut same = !decisions.is_empty();
    for stored in &decisions {
        say(format_args!("  attempt {}", stored.attempt));
        for line in stored.decision.explain().lines() {
            say(format_args!("    {line}"));
        }
        same &= stored.decision.replay() == stored.decision;
    }
    guide.check(
        "replayed from what was stored, each decision comes out the same",
        same,
    )
}
