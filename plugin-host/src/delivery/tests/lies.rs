//! A search that finds other messages' mails.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use plugin_api::{Lookup, ProviderMessageId, Receipt, SendError};
use serde_json::json;

use super::service::{accepted, provider};
use super::world::{World, id, message, route};

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_mail_that_is_found_for_another_message_settles_nothing() {
    let answers = Arc::new(AtomicBool::new(true));
    let is_well = Arc::clone(&answers);
    let (first, calls) = provider(
        move |message| match is_well.load(Ordering::Acquire) {
            true => accepted(message),
            false => Err(SendError::in_doubt("the request was lost")),
        },
        // Whatever is searched for, it finds the first message's mail.
        |_| {
            Lookup::Found(Receipt::new(ProviderMessageId::new(format!(
                "pm-{}",
                id(1)
            ))))
        },
    );
    let world = World::new(route(&["first"], json!({})), vec![("first", first)]).await;
    world.accept(message(1)).await;
    world.deliver().await;
    answers.store(false, Ordering::Release);
    world.accept(message(2)).await;
    world.deliver().await;
    world.reconcile_after(MINUTE).await;
    assert_eq!(world.state(2).await, "in-doubt");
    world.say_not_sent(2).await;
    answers.store(true, Ordering::Release);
    world.deliver().await;
    assert_eq!(
        (world.state(2).await.as_str(), calls.count(id(2))),
        ("sent", 2)
    );
}

#[tokio::test]
async fn one_mail_that_is_found_for_several_messages_settles_none() {
    let (first, _) = provider(
        |_| Err(SendError::in_doubt("the request was lost")),
        |_| Lookup::Found(Receipt::new(ProviderMessageId::new("pm-of-a-stranger"))),
    );
    let world = World::new(route(&["first"], json!({})), vec![("first", first)]).await;
    for number in 1..=2 {
        world.accept(message(number)).await;
    }
    world.deliver().await;
    world.reconcile_after(MINUTE).await;
    for number in 1..=2 {
        assert_eq!(world.state(number).await, "in-doubt");
    }
}
