use plugin_api::Mailbox;
use serde_json::json;

use super::service::{accepted, answering};
use super::world::{ACCOUNT, World, draft, id, message, route};
use crate::compliance::{FlagChange, FlagReason, FlagSource, Word};

pub(super) async fn flag(world: &World, lead: Option<&str>, address: Option<&str>) {
    let change = FlagChange {
        account: Some(ACCOUNT.to_owned()),
        lead: lead.map(str::to_owned),
        address: address.map(str::to_owned),
        word: Word::Flag {
            reason: FlagReason::Unsubscribed,
        },
        at: None,
        source: FlagSource::Api,
        note: None,
    };
    let contacts = change.contacts().unwrap();
    let now = crate::clock::Clock::now(&*world.clock);
    world
        .engine
        .store
        .change_flag(change, contacts, now)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_lead_flagged_after_accept_is_never_attempted() {
    let (first, calls) = answering(accepted);
    let world = World::new(route(&["first"], json!({})), vec![("first", first)]).await;
    world.accept(message(1)).await;
    flag(&world, Some("lead-1"), None).await;
    world.deliver().await;
    let view = world.view(1).await;
    assert_eq!(view.summary.state.to_string(), "suppressed");
    assert!(view.attempts.is_empty() && calls.sizes().is_empty());
    assert_eq!(
        view.summary.recipients[0].status.as_deref(),
        Some("suppressed")
    );
}

#[tokio::test]
async fn a_flagged_address_is_left_out_of_the_attempt_and_the_others_are_mailed() {
    let (first, calls) = answering(accepted);
    let world = World::new(route(&["first"], json!({})), vec![("first", first)]).await;
    let to_two = draft(1)
        .to(Mailbox::new("ann@example.com").unwrap())
        .cc(Mailbox::new("Bob@example.com").unwrap());
    world.accept(to_two.build().unwrap()).await;
    flag(&world, None, Some("bob@EXAMPLE.com")).await;
    world.deliver().await;
    let sent = calls.messages().remove(0);
    let mailed: Vec<_> = sent.recipients().map(Mailbox::address).collect();
    assert_eq!((mailed, calls.count(id(1))), (vec!["ann@example.com"], 1));
    let view = world.view(1).await;
    let statuses: Vec<_> = view
        .summary
        .recipients
        .iter()
        .map(|one| one.status.as_deref())
        .collect();
    assert_eq!(statuses, [Some("sent"), Some("suppressed")]);
}

#[tokio::test]
async fn what_an_essential_message_passed_stands_in_its_timeline() {
    let (first, calls) = answering(accepted);
    let world = World::new(route(&["first"], json!({})), vec![("first", first)]).await;
    world.accept_essential(message(1)).await;
    world.accept(message(2)).await;
    flag(&world, Some("lead-1"), Some("ann@example.com")).await;
    world.deliver().await;
    assert_eq!((calls.count(id(1)), calls.count(id(2))), (1, 0));
    let timeline = world.view(1).await.timeline;
    let said: Vec<_> = timeline.iter().map(|entry| entry.kind.as_str()).collect();
    assert_eq!(said, ["waived", "waived"]);
    let words: Vec<_> = timeline
        .iter()
        .filter_map(|entry| entry.detail.as_deref())
        .collect();
    assert!(
        words[0].contains("the lead") && words[1].contains("recipient 1"),
        "{words:?}"
    );
    assert!(
        words
            .iter()
            .all(|word| word.contains("flag ") && !word.contains('@')),
        "{words:?}"
    );
}

/// The service suppresses whoever is in To, and says nothing of the others.
fn suppresses_ann(_: &plugin_api::Message) -> crate::delivery::outcome::Answer {
    Err(plugin_api::SendError::suppressed(
        vec!["ann@example.com".to_owned()],
        "inactive",
    ))
}

#[tokio::test]
async fn a_message_with_nobody_left_in_to_ends_without_a_call() {
    let (first, calls) = answering(suppresses_ann);
    let world = World::new(route(&["first"], json!({})), vec![("first", first)]).await;
    let with_onlooker = draft(1)
        .to(Mailbox::new("ann@example.com").unwrap())
        .cc(Mailbox::new("bob@example.com").unwrap());
    world.accept(with_onlooker.build().unwrap()).await;
    world.deliver().await;
    assert_eq!(world.state(1).await, "in-doubt");
    world.say_not_sent(1).await;
    world.deliver().await;
    let view = world.view(1).await.summary;
    assert_eq!(
        (view.state.to_string().as_str(), calls.count(id(1))),
        ("suppressed", 1)
    );
    assert!(view.reason.unwrap().contains("no recipient in To is left"));
    let statuses: Vec<_> = view
        .recipients
        .iter()
        .map(|one| one.status.as_deref())
        .collect();
    assert_eq!(statuses, [Some("suppressed"), Some("suppressed")]);
}
