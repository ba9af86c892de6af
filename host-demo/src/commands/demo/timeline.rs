//! What the record says about a few of the messages.

use super::guide::Guide;
use super::sending::Sent;
use super::stage::Stage;
use crate::commands::Failure;
use crate::terminal::{clock, say, table};

const SHOWN: usize = 5;

pub(super) async fn run(guide: &mut Guide, stage: &Stage, sent: &[Sent]) -> Result<(), Failure> {
    guide.step("Every message has an id, and a timeline made of what the services reported");
    let mut rows = Vec::new();
    for one in sent.iter().take(SHOWN) {
        let view = stage
            .service
            .host
            .message(&one.key)
            .await
            .map_err(Failure::failed)?;
        let Some(view) = view else {
            return Err(Failure::failed("an accepted message is not in the record"));
        };
        let id = view.summary.tracking_id.to_string();
        let provider = view.summary.provider.clone().unwrap_or_default();
        let theirs = view.summary.provider_message_id.clone().unwrap_or_default();
        rows.push([
            id,
            clock(view.summary.accepted_at),
            "accepted by the host".to_owned(),
            String::new(),
        ]);
        for attempt in &view.attempts {
            let at = attempt.finished_at.map(clock).unwrap_or_default();
            let what = format!(
                "{} by {provider}",
                attempt.outcome.clone().unwrap_or_default()
            );
            rows.push([String::new(), at, what, theirs.clone()]);
        }
        for event in &view.timeline {
            let detail = event.detail.clone().unwrap_or_default();
            rows.push([String::new(), clock(event.at), event.kind.clone(), detail]);
        }
    }
    say(table(
        ["Message", "When (UTC)", "What", "The provider's words"],
        rows,
    ));
    let first = sent.first().map(|one| &one.key);
    let delivered = match first {
        Some(key) => stage
            .service
            .host
            .message(key)
            .await
            .map_err(Failure::failed)?,
        None => None,
    };
    let heard =
        delivered.is_some_and(|view| view.timeline.iter().any(|event| event.kind == "delivered"));
    guide.check("the service's webhooks arrived and were understood", heard)
}
