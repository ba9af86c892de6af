use std::time::Duration;

use plugin_api::{Mailbox, Message, RefusalScope, SendError};
use serde_json::json;

use super::service::{Answering, Calls, accepted, answering, in_doubt, unavailable};
use super::world::{World, draft, id, message, route};

/// `first` answers like this, `second` accepts; the route prefers `first`.
async fn two(answer: Answering) -> (World, Calls, Calls) {
    let (first, asked_first) = answering(answer);
    let (second, asked_second) = answering(accepted);
    let pool = json!({ "pool": [{ "provider": "first", "weight": 1_000_000 }, { "provider": "second", "weight": 0.000_001 }] });
    let world = World::new(route(&[], pool), vec![("first", first), ("second", second)]).await;
    (world, asked_first, asked_second)
}

#[tokio::test]
async fn the_next_in_line_takes_what_was_certainly_not_accepted() {
    let answers: [Answering; 4] = [
        unavailable,
        |_| {
            Err(SendError::throttled(
                Some(Duration::from_secs(60)),
                "slow down",
            ))
        },
        |_| Err(SendError::refused(RefusalScope::Account, "token refused")),
        |_| Err(SendError::unsupported("attachment", "it takes no .exe")),
    ];
    for answer in answers {
        let (world, first, second) = two(answer).await;
        world.accept(message(1)).await;
        world.deliver().await;
        assert_eq!((first.count(id(1)), second.count(id(1))), (1, 1));
        let view = world.view(1).await;
        assert_eq!(view.summary.state.to_string(), "sent");
        assert_eq!(view.summary.provider.as_deref(), Some("second"));
        assert_eq!(view.attempts.len(), 2);
    }
}

#[tokio::test]
async fn nobody_else_is_asked_about_a_doubt_an_invalid_message_or_a_suppressed_recipient() {
    let answers: [(Answering, &str); 3] = [
        (in_doubt, "in-doubt"),
        (
            |_| Err(SendError::invalid_field("Subject", "too long")),
            "rejected",
        ),
        (
            |_| {
                Err(SendError::suppressed(
                    vec!["ANN@example.com".to_owned()],
                    "inactive",
                ))
            },
            "suppressed",
        ),
    ];
    for (answer, state) in answers {
        let (world, first, second) = two(answer).await;
        world.accept(message(1)).await;
        world.deliver().await;
        world.deliver_after(Duration::from_secs(3600)).await;
        assert_eq!((first.count(id(1)), second.count(id(1))), (1, 0), "{state}");
        assert_eq!(world.state(1).await, state);
    }
}

#[tokio::test]
async fn recipients_whom_a_suppression_does_not_name_are_in_doubt() {
    let (world, _, second) = two(|_| {
        Err(SendError::suppressed(
            vec!["ann@example.com".to_owned()],
            "inactive",
        ))
    })
    .await;
    let to_two = draft(1)
        .to(Mailbox::new("ann@example.com").unwrap())
        .to(Mailbox::new("bob@example.com").unwrap());
    world.accept(to_two.build().unwrap()).await;
    world.deliver().await;
    let view = world.view(1).await;
    assert_eq!(view.summary.state.to_string(), "in-doubt");
    let statuses: Vec<_> = view
        .summary
        .recipients
        .iter()
        .map(|one| one.status.as_deref())
        .collect();
    assert_eq!(statuses, [Some("suppressed"), None]);
    assert_eq!(second.count(id(1)), 0);
}

#[tokio::test]
async fn what_nobody_can_carry_is_rejected_with_the_reasons() {
    let unsupported = |_: &Message| Err(SendError::unsupported("attachment", "it takes no .exe"));
    let (first, calls) = answering(unsupported);
    let world = World::new(route(&["first"], json!({})), vec![("first", first)]).await;
    world.accept(message(1)).await;
    world.deliver().await;
    let view = world.view(1).await;
    assert_eq!(
        (view.summary.state.to_string().as_str(), calls.sizes()),
        ("rejected", vec![1])
    );
    let recipient = &view.summary.recipients[0];
    assert_eq!(recipient.status.as_deref(), Some("rejected"));
    for reason in [&view.summary.reason, &recipient.reason] {
        let reason = reason.as_deref().unwrap();
        assert!(reason.contains("it said: it takes no .exe"), "{reason}");
    }
    let told = world.engine.store.feed(0, 10).await.unwrap();
    for kind in ["message.rejected", "recipient.rejected"] {
        let line = told.iter().find(|line| line.kind == kind).unwrap();
        let reason = line.body["reason"].as_str().unwrap();
        assert!(reason.contains("it takes no .exe"), "{kind}: {reason}");
    }
}

#[tokio::test]
async fn a_provider_that_never_took_a_message_has_its_last_words_in_the_reason() {
    let (first, _) = answering(|_| Err(SendError::refused(RefusalScope::Account, "token refused")));
    let world = World::new(route(&["first"], json!({})), vec![("first", first)]).await;
    world.accept(message(1)).await;
    for _ in 0..world.engine.delivery.max_attempts {
        world.deliver_after(Duration::from_secs(3600)).await;
    }
    world.deliver_after(Duration::from_secs(3600)).await;
    let view = world.view(1).await;
    assert_eq!(view.summary.state.to_string(), "rejected");
    let reason = view.summary.reason.unwrap();
    assert!(
        reason.contains("first said last: token refused"),
        "{reason}"
    );
}

#[tokio::test]
async fn a_lone_provider_is_asked_again_only_when_the_service_allows_and_at_last_given_up() {
    let throttled = |_: &Message| {
        Err(SendError::throttled(
            Some(Duration::from_secs(3600)),
            "slow down",
        ))
    };
    let (first, calls) = answering(throttled);
    let world = World::new(route(&["first"], json!({})), vec![("first", first)]).await;
    world.accept(message(1)).await;
    world.deliver().await;
    world.deliver_after(Duration::from_secs(3500)).await;
    assert_eq!(
        (calls.count(id(1)), world.state(1).await.as_str()),
        (1, "retry-wait")
    );
    world.deliver_after(Duration::from_secs(100)).await;
    assert_eq!(calls.count(id(1)), 2);
    world
        .deliver_after(Duration::from_secs(4 * 24 * 3600))
        .await;
    let view = world.view(1).await;
    assert_eq!(view.summary.state.to_string(), "rejected");
    assert_eq!(view.attempts.len(), 2);
    let reason = view.summary.reason.unwrap();
    assert!(
        reason.contains("older than") && reason.contains("first said last: slow down"),
        "{reason}"
    );
}

#[tokio::test]
async fn a_batch_that_fails_in_part_settles_each_message_by_its_own_answer() {
    let (first, _) = answering(|message| match message.tracking_id() {
        one if one == id(2) => Err(SendError::invalid_message("refused")),
        one if one == id(3) => Err(SendError::in_doubt("garbled")),
        _ => accepted(message),
    });
    let world = World::new(route(&["first"], json!({})), vec![("first", first)]).await;
    for number in 1..=4 {
        world.accept(message(number)).await;
    }
    world.deliver().await;
    let mut states = Vec::new();
    for number in 1..=4 {
        states.push(world.state(number).await);
    }
    assert_eq!(states, ["sent", "rejected", "in-doubt", "sent"]);
}

#[tokio::test]
async fn a_failing_provider_rests_and_one_connection_that_fails_under_a_batch_is_one_failure() {
    let (first, calls) = answering(unavailable);
    let world = World::new(route(&["first"], json!({})), vec![("first", first)]).await;
    for number in 0..50 {
        world.accept(message(number)).await;
    }
    world.deliver().await;
    let failures: Vec<u32> = world
        .engine
        .health_snapshots()
        .iter()
        .map(|one| one.failures)
        .collect();
    assert_eq!((calls.sizes(), failures), (vec![50], vec![1]));
}

#[tokio::test]
async fn five_senders_found_invalid_in_a_row_rest_the_provider_instead() {
    let invalid = |_: &Message| Err(SendError::invalid_message("no such field"));
    let (first, calls) = answering(invalid);
    let world = World::new(route(&["first"], json!({})), vec![("first", first)]).await;
    for number in 0..7 {
        let sender = Mailbox::new(format!("sales-{number}@host.example")).unwrap();
        let one = draft(number)
            .from(sender)
            .to(Mailbox::new("ann@example.com").unwrap());
        world.accept(one.build().unwrap()).await;
        world.deliver().await;
    }
    assert_eq!(
        (world.state(3).await.as_str(), world.state(4).await.as_str()),
        ("rejected", "retry-wait")
    );
    assert_eq!(
        (world.state(6).await.as_str(), calls.count(id(6))),
        ("queued", 0)
    );
}
