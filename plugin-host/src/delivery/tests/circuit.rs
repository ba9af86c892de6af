use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::json;

use super::service::{accepted, ailing, answering};
use super::world::{World, id, message, route};
use crate::clock::Clock as _;
use crate::routing::{HealthSnapshot, HealthState};

const TEN_SECONDS: Duration = Duration::from_secs(10);

fn of_first(world: &World) -> HealthSnapshot {
    let snapshots = world.engine.health_snapshots();
    let first = snapshots
        .into_iter()
        .find(|one| one.key.provider == "first");
    first.expect("it has failed")
}

/// A mail every ten seconds, while the provider everybody prefers is down for twenty minutes.
#[tokio::test]
async fn a_dead_provider_is_probed_now_and_then_stays_visible_and_comes_back() {
    let (is_down, first, asked_first) = ailing();
    let (second, asked_second) = answering(accepted);
    let pool = json!({ "pool": [{ "provider": "first", "weight": 1_000_000 }, { "provider": "second", "weight": 0.000_001 }] });
    let world = World::new(route(&[], pool), vec![("first", first), ("second", second)]).await;
    let began = world.clock.now();
    for number in 0..120 {
        world.accept(message(number)).await;
        world.deliver().await;
        assert_eq!(world.state(number).await, "sent");
        world.clock.pass(TEN_SECONDS);
    }
    // Five failures open the circuit; each rest, 30 seconds at first and twice as long every time, ends with one probe.
    assert_eq!(asked_first.sizes(), [1; 10]);
    assert_eq!(asked_second.messages().len(), 120);
    let dead = of_first(&world);
    assert!(
        dead.since.unwrap().duration_since(began).as_secs() <= 50,
        "{dead:?}"
    );
    assert!(
        matches!(dead.health, HealthState::Open { .. }) && dead.failures == 10,
        "{dead:?}"
    );
    is_down.store(false, Ordering::Release);
    for number in 120..240 {
        world.accept(message(number)).await;
        world.deliver().await;
        world.clock.pass(TEN_SECONDS);
    }
    assert!(asked_first.count(id(239)) == 1 && asked_second.messages().len() < 240);
    assert_eq!(of_first(&world).health, HealthState::Closed);
    world.clock.pass(Duration::from_secs(25 * 3600));
    world.engine.reconcile_once().await;
    assert!(
        world.engine.health_snapshots().is_empty(),
        "it is forgotten after a day"
    );
}

#[tokio::test]
async fn a_new_process_sends_one_message_to_who_rested_and_the_rest_follow_its_success_at_once() {
    let (_, first, _) = ailing();
    let world = World::new(route(&["first"], json!({})), vec![("first", first)]).await;
    for number in 0..5 {
        world.accept(message(number)).await;
        world.deliver_after(TEN_SECONDS).await;
    }
    assert!(matches!(of_first(&world).health, HealthState::Open { .. }));
    let (is_down, first, calls) = ailing();
    let world = world.restarted(vec![("first", first)]).await;
    assert_eq!(of_first(&world).health, HealthState::HalfOpen);
    for number in 5..30 {
        world.accept(message(number)).await;
    }
    world.deliver().await;
    assert_eq!(calls.sizes(), [1]);
    // Two rests in a row: the second is twice as long as the first.
    let dead = of_first(&world);
    assert_eq!(dead.failures, 6, "{dead:?}");
    is_down.store(false, Ordering::Release);
    // Longer than the rest, and than any wait a message that has failed may have drawn for itself.
    world.deliver_after(20 * TEN_SECONDS).await;
    assert_eq!(calls.sizes(), [1, 1, 29]);
    let world = world
        .restarted(vec![("first", answering(accepted).0)])
        .await;
    assert!(world.engine.health_snapshots().is_empty());
}
