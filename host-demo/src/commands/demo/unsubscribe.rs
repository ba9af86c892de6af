//! A recipient unsubscribes by the link in the mail; the next message to that lead is stopped.

use plugin_host::{MessageFilter, MessageState};
use serde_json::Value;

use super::guide::Guide;
use super::sending::{Sent, try_post};
use super::stage::Stage;
use crate::commands::Failure;
use crate::terminal::say;

pub(super) async fn run(guide: &mut Guide, stage: &Stage, sent: &[Sent]) -> Result<(), Failure> {
    guide.step("A recipient presses the unsubscribe link in the mail");
    let one = sent
        .first()
        .ok_or_else(|| Failure::failed("nothing was sent"))?;
    let (account, lead) = (
        text(&one.letter, "AccountUID"),
        text(&one.letter, "LeadUID"),
    );
    let link = link_in_the_mail(stage, one)?;
    say(format_args!("  the link in the mail   {link}"));
    let page = stage
        .http
        .get(&link)
        .send()
        .await
        .map_err(Failure::failed)?;
    guide.check(
        "opening the page changes nothing (link scanners open it too)",
        page.status().is_success() && !flagged(stage, account, lead).await?,
    )?;
    stage
        .http
        .post(&link)
        .send()
        .await
        .map_err(Failure::failed)?;
    stage.heard().await;
    let state = stage
        .service
        .host
        .contact(account, lead)
        .await
        .map_err(Failure::failed)?;
    for flag in &state.flags {
        say(format_args!(
            "  flagged                {} since {}, heard by {}",
            flag.reason,
            flag.at,
            flag.source.as_str()
        ));
    }
    guide.check(
        "confirming it flags the lead Do Not Contact, through ProcessUnsubscribe",
        state.is_flagged(),
    )?;
    let answer = try_post(stage, &one.letter).await?;
    say(format_args!(
        "  the next message       ErrorCode {}: {}",
        answer["ErrorCode"],
        answer["Message"].as_str().unwrap_or_default()
    ));
    let reason = reason_of_the_stopped(stage, lead).await?;
    say(format_args!("  the record's reason    {reason}"));
    guide.check(
        "the next message to that lead is stopped",
        answer["ErrorCode"] == 406 && !reason.is_empty(),
    )
}

async fn reason_of_the_stopped(stage: &Stage, lead: &str) -> Result<String, Failure> {
    let filter = MessageFilter {
        lead: Some(lead.to_owned()),
        states: vec![MessageState::Suppressed],
        count: 1,
        ..MessageFilter::default()
    };
    let page = stage
        .service
        .host
        .search(&filter)
        .await
        .map_err(Failure::failed)?;
    let reason = page
        .messages
        .into_iter()
        .next()
        .and_then(|message| message.reason);
    Ok(reason.unwrap_or_default())
}

fn link_in_the_mail(stage: &Stage, one: &Sent) -> Result<String, Failure> {
    let provider = one.view.summary.provider.as_deref().unwrap_or_default();
    let address = one
        .view
        .summary
        .recipients
        .first()
        .map(|recipient| recipient.address.clone());
    let copies = stage
        .account(provider)
        .simulator
        .mailbox(&address.unwrap_or_default());
    copies
        .into_iter()
        .find_map(|copy| copy.unsubscribe_url)
        .ok_or_else(|| Failure::failed("the delivered mail holds no unsubscribe link"))
}

async fn flagged(stage: &Stage, account: &str, lead: &str) -> Result<bool, Failure> {
    let state = stage
        .service
        .host
        .contact(account, lead)
        .await
        .map_err(Failure::failed)?;
    Ok(state.is_flagged())
}

fn text<'a>(letter: &'a Value, field: &str) -> &'a str {
    letter[field].as_str().unwrap_or_default()
}
