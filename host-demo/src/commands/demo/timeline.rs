//! What the record says about a few of the messages.

use plugin_host::{AttemptView, MessageView, TimelineEntry};

use super::guide::Guide;
use super::sending::{Sent, view};
use super::stage::Stage;
use crate::commands::Failure;
use crate::terminal::{clock, say, table};

const SHOWN: usize = 5;

pub(super) async fn run(guide: &mut Guide, stage: &Stage, sent: &[Sent]) -> Result<(), Failure> {
    guide.step("Every message has an id, and a timeline made of what the services reported");
    let mut rows = Vec::new();
    let mut all_delivered = true;
    for one in sent.iter().take(SHOWN) {
        let view = view(stage, &one.key).await?;
        all_delivered &= view.timeline.iter().any(|event| event.kind == "delivered");
        rows.extend(story(&view));
    }
    let headings = ["Message", "When (UTC)", "What", "The provider's words"];
    say(table(headings, rows));
    guide.check(
        "the services' webhooks arrived and were understood",
        all_delivered,
    )
}

/// One message, in the order in which things happened.
fn story(view: &MessageView) -> Vec<[String; 4]> {
    let accepted = [
        view.summary.tracking_id.to_string(),
        clock(view.summary.accepted_at),
        "accepted by the host".to_owned(),
        String::new(),
    ];
    let attempts = view.attempts.iter().map(attempt);
    let events = view.timeline.iter().map(event);
    std::iter::once(accepted)
        .chain(attempts)
        .chain(events)
        .collect()
}

/// At the moment it was handed over: the service may report a delivery before its answer about the attempt has been recorded here.
fn attempt(attempt: &AttemptView) -> [String; 4] {
    let outcome = attempt.outcome.as_deref().unwrap_or("running");
    [
        String::new(),
        clock(attempt.claimed_at),
        format!("given to {}: {outcome}", attempt.provider),
        attempt.provider_message_id.clone().unwrap_or_default(),
    ]
}

/// By the service's clock.
fn event(event: &TimelineEntry) -> [String; 4] {
    [
        String::new(),
        clock(event.at),
        event.kind.clone(),
        event.detail.clone().unwrap_or_default(),
    ]
}
