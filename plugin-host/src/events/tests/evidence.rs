use serde_json::json;

use super::world::{World, about, at, message};
use crate::compliance::FlagScope;
use crate::delivery::MessageState;
use crate::routing::Outcome;
use crate::store::Settlement;

async fn in_doubt(world: &World) -> Settlement {
    world
        .accept(message(
            1,
            Some("L"),
            &["ann@example.com", "bob@example.com"],
        ))
        .await;
    let (_, call) = world.claim("acme").await.remove(0);
    let doubt = Settlement {
        outcome: Some(Outcome::InDoubt),
        ..call.clone()
    };
    world.settle(doubt).await;
    call
}

fn delivered(pmid: &str) -> serde_json::Value {
    let mut event = about(1, "delivered", "ann@example.com", 10);
    event["pmid"] = json!(pmid);
    event["id"] = json!(pmid);
    json!([event])
}

#[tokio::test]
async fn a_webhook_settles_a_doubt_for_everybody_the_call_was_for() {
    let world = World::new(FlagScope::Account);
    in_doubt(&world).await;
    world.must_take(delivered("pm-1")).await;
    let view = world.view(1).await;
    assert_eq!(view.summary.state, MessageState::Sent);
    assert_eq!(view.summary.provider_message_id.as_deref(), Some("pm-1"));
    let statuses: Vec<_> = view
        .summary
        .recipients
        .iter()
        .map(|one| one.status.as_deref())
        .collect();
    assert_eq!(statuses, [Some("delivered"), Some("sent")]);
    assert_eq!(view.attempts[0].outcome.as_deref(), Some("sent"));
    assert_eq!(view.summary.doubled, 0);
}

#[tokio::test]
async fn an_open_or_a_list_change_of_a_stranger_settles_nothing() {
    let world = World::new(FlagScope::Account);
    in_doubt(&world).await;
    let back = json!([{"list": "remove", "to": "ann@example.com", "at": 10}]);
    world.must_take(back).await;
    world
        .must_take(json!([about(2, "opened", "ann@example.com", 10)]))
        .await;
    assert_eq!(world.view(1).await.summary.state, MessageState::InDoubt);
}

#[tokio::test]
async fn a_webhook_that_outruns_the_answer_settles_the_call_and_the_answer_adds_nothing() {
    let world = World::new(FlagScope::Account);
    world
        .accept(message(1, Some("L"), &["ann@example.com"]))
        .await;
    let (_, call) = world.claim("acme").await.remove(0);
    world.must_take(delivered("pm-1")).await;
    world
        .settle(Settlement {
            outcome: Some(Outcome::Sent),
            state: MessageState::Sent,
            provider_message_id: Some("pm-1".to_owned()),
            ..call
        })
        .await;
    let view = world.view(1).await;
    assert_eq!(
        (view.summary.state, view.summary.doubled),
        (MessageState::Sent, 0)
    );
    assert_eq!(world.status(1).await, "delivered");
}

#[tokio::test]
async fn a_message_found_after_it_was_presumed_absent_is_not_sent_again_or_is_counted_as_doubled() {
    for sent_again in [false, true] {
        let world = World::new(FlagScope::Account);
        let call = in_doubt(&world).await;
        world
            .settle(Settlement {
                state: MessageState::RetryWait,
                next_at: Some(at(1)),
                ..call
            })
            .await;
        if sent_again {
            let (_, again) = world.claim("acme").await.remove(0);
            world
                .settle(Settlement {
                    outcome: Some(Outcome::Sent),
                    state: MessageState::Sent,
                    provider_message_id: Some("pm-2".to_owned()),
                    ..again
                })
                .await;
            world.must_take(delivered("pm-2")).await;
            assert_eq!(world.view(1).await.summary.doubled, 0);
        }
        for _ in 0..2 {
            world.must_take(delivered("pm-1")).await;
        }
        let summary = world.view(1).await.summary;
        assert_eq!(summary.state, MessageState::Sent);
        assert_eq!(summary.doubled, u32::from(sent_again));
    }
}
