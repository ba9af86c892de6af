//! One service goes down; three mail files go out all the same, and the record says why they went where they went.

use plugin_host::{AttemptView, MessageKey, MessageState, MessageView};
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
    let simulator = &stage.account(PROVIDERS[0]).simulator;
    simulator.switch_off().await;
    let mut mails = Vec::new();
    for (name, letter) in letters(stage, sent)? {
        mails.push(Mail::send(stage, name, &letter).await?);
    }
    simulator.switch_on().await.map_err(Failure::failed)?;
    let headings = ["Mail", "State", "Attempts", "Why it went on"];
    say(table(headings, mails.iter().map(Mail::row)));
    guide.check(
        "with one service down, every mail went through the other",
        mails.iter().all(Mail::went_through_the_other),
    )?;
    let went_on = mails.iter().find(|mail| mail.view.attempts.len() > 1);
    let example = went_on.ok_or_else(|| Failure::failed("no mail met the service that is down"))?;
    explain(guide, stage, &example.key).await
}

/// The mail files, and a second mail to a lead whose mails go to the service that is down.
fn letters(stage: &Stage, sent: &[Sent]) -> Result<Vec<(String, Value)>, Failure> {
    let mut letters = Vec::new();
    for file in MAIL_FILES {
        let letter = Letter::read(&stage.example(file)).map_err(Failure::failed)?;
        letters.push((file.to_owned(), Value::Object(letter.0)));
    }
    let of_the_first = |one: &&Sent| one.view.summary.provider.as_deref() == Some(PROVIDERS[0]);
    // The first lead of all has unsubscribed.
    if let Some(one) = sent.iter().skip(1).find(of_the_first) {
        letters.push(("a second mail to a lead".to_owned(), one.letter.clone()));
    }
    Ok(letters)
}

/// A mail that was sent while one service was down.
struct Mail {
    name: String,
    key: MessageKey,
    view: MessageView,
}

impl Mail {
    async fn send(stage: &Stage, name: String, letter: &Value) -> Result<Self, Failure> {
        let key = key(&post(stage, letter).await?)?;
        let view = settled(stage, &key).await?;
        Ok(Self { name, key, view })
    }

    fn went_through_the_other(&self) -> bool {
        let summary = &self.view.summary;
        summary.state == MessageState::Sent && summary.provider.as_deref() == Some(PROVIDERS[1])
    }

    fn row(&self) -> [String; 4] {
        let attempts: Vec<String> = self.view.attempts.iter().map(outcome).collect();
        [
            self.name.clone(),
            self.view.summary.state.to_string(),
            attempts.join(", then "),
            self.why_it_went_on().unwrap_or_default().to_owned(),
        ]
    }

    /// What happened, in the provider's first clause; remedies and causes stand in the record.
    fn why_it_went_on(&self) -> Option<&str> {
        let (_, earlier) = self.view.attempts.split_last()?;
        earlier.last()?.detail.as_deref()?.split("; ").next()
    }
}

/// `postmark: unavailable`
fn outcome(attempt: &AttemptView) -> String {
    let outcome = attempt.outcome.as_deref().unwrap_or("running");
    format!("{}: {outcome}", attempt.provider)
}

async fn explain(guide: &mut Guide, stage: &Stage, key: &MessageKey) -> Result<(), Failure> {
    guide.step("Why did it go there? The stored decision is replayed");
    let decisions = stage.service.host.decisions(key).await;
    let decisions = decisions.map_err(Failure::failed)?;
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
