use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use plugin_api::{Lookup, Message, Provider, ProviderMessageId, Receipt, SendError};
use serde_json::json;

use super::service::{Calls, accepted, provider};
use super::world::{World, id, message, route};
use crate::delivery::outcome::Answer;

const MINUTE: Duration = Duration::from_secs(60);

fn receipt(id: &str) -> Receipt {
    Receipt::new(ProviderMessageId::new(id))
}

/// Accepts everything, loses its first answer, and its search shows nothing until it has caught up: then the first mail, and every
/// further one as a duplicate of it.
struct Late {
    mails: AtomicUsize,
    has_caught_up: AtomicBool,
}

impl Late {
    fn answer(&self, _: &Message) -> Answer {
        let number = self.mails.fetch_add(1, Ordering::AcqRel);
        if number == 0 {
            return Err(SendError::in_doubt("the answer was lost"));
        }
        Ok(receipt(&format!("mail-{number}")))
    }

    fn lookup(&self) -> Lookup {
        if !self.has_caught_up.load(Ordering::Acquire) {
            return Lookup::Absent {
                indexed_through: Some(Timestamp::MAX),
            };
        }
        let mut first = receipt("mail-0");
        let further = 1..self.mails.load(Ordering::Acquire);
        first.duplicates = further
            .map(|number| receipt(&format!("mail-{number}")).id)
            .collect();
        Lookup::Found(first)
    }
}

async fn world(late: &Arc<Late>, policy: &str) -> (World, Calls) {
    let (sends, searches) = (Arc::clone(late), Arc::clone(late));
    let (first, calls) = provider(
        move |message| sends.answer(message),
        move |_| searches.lookup(),
    );
    let providers: Vec<(&str, Arc<dyn Provider>)> = vec![("first", first)];
    let world = World::new(route(&["first"], json!({ "in_doubt": policy })), providers).await;
    (world, calls)
}

fn late() -> Arc<Late> {
    Arc::new(Late {
        mails: AtomicUsize::new(0),
        has_caught_up: AtomicBool::new(false),
    })
}

#[tokio::test]
async fn a_hit_after_the_message_was_sent_again_is_a_second_mail_and_counts_once() {
    let late = late();
    let (world, calls) = world(&late, "resend").await;
    world.accept(message(1)).await;
    world.deliver().await;
    for _ in 0..4 {
        world.reconcile_after(MINUTE).await;
    }
    world.deliver().await;
    assert_eq!(
        (world.state(1).await.as_str(), calls.count(id(1))),
        ("sent", 2)
    );
    assert_eq!(world.view(1).await.summary.doubled, 0);
    late.has_caught_up.store(true, Ordering::Release);
    for _ in 0..3 {
        world.reconcile_after(MINUTE * 31).await;
    }
    let view = world.view(1).await;
    assert_eq!(
        (
            view.summary.doubled,
            view.summary.provider_message_id.as_deref()
        ),
        (1, Some("mail-1"))
    );
    assert_eq!(
        view.attempts[0].provider_message_id.as_deref(),
        Some("mail-0")
    );
    let told = world.engine.store.feed(0, 100).await.unwrap();
    let doubled = told.iter().filter(|event| event.kind == "message.doubled");
    assert_eq!(doubled.count(), 1);
}

#[tokio::test]
async fn a_hit_before_it_leaves_again_makes_the_second_mail_unnecessary() {
    let late = late();
    let (world, calls) = world(&late, "resend").await;
    world.accept(message(1)).await;
    world.deliver().await;
    for _ in 0..4 {
        world.reconcile_after(MINUTE).await;
    }
    assert_eq!(world.state(1).await, "retry-wait");
    late.has_caught_up.store(true, Ordering::Release);
    world.reconcile_after(MINUTE * 31).await;
    world.deliver().await;
    assert_eq!(
        (world.state(1).await.as_str(), calls.count(id(1))),
        ("sent", 1)
    );
    assert_eq!(world.view(1).await.summary.doubled, 0);
}

#[tokio::test]
async fn what_at_least_once_sends_twice_comes_to_light() {
    let late = late();
    late.has_caught_up.store(true, Ordering::Release);
    let (world, calls) = world(&late, "at-least-once").await;
    world.accept(message(1)).await;
    world.deliver().await;
    assert_eq!(
        (world.state(1).await.as_str(), calls.count(id(1))),
        ("sent", 2)
    );
    world.reconcile_after(MINUTE).await;
    assert_eq!(world.view(1).await.summary.doubled, 1);
}

#[tokio::test]
async fn a_message_that_was_never_in_doubt_is_not_searched_for() {
    let (first, _) = provider(accepted, |_| {
        unreachable!("nobody asks about what is settled")
    });
    let world = World::new(route(&["first"], json!({})), vec![("first", first)]).await;
    world.accept(message(1)).await;
    world.deliver().await;
    world.reconcile_after(MINUTE * 60).await;
    assert_eq!(world.state(1).await, "sent");
}
