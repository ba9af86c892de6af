use std::sync::Arc;

use plugin_api::{Lookup, Provider};
use serde_json::json;
use tokio::task::JoinSet;

use super::service::{accepted, answering, provider};
use super::world::{World, id, message, route};

fn providers(first: Arc<dyn Provider>) -> Vec<(&'static str, Arc<dyn Provider>)> {
    vec![("first", first)]
}

/// Claims and dies before the plugin is called.
async fn claim_and_die(world: &World) {
    let mut calls = JoinSet::new();
    world.engine.dispatch(&mut calls).await.unwrap();
    calls.shutdown().await;
    assert_eq!(world.state(1).await, "sending");
}

#[tokio::test]
async fn what_was_claimed_and_never_called_goes_out_at_once_after_a_crash() {
    let (first, calls) = provider(accepted, |_| Lookup::unknown("nobody should ask"));
    let world = World::new(route(&["first"], json!({})), providers(first)).await;
    world.accept(message(1)).await;
    claim_and_die(&world).await;
    let (first, again) = answering(accepted);
    let world = world.restarted(providers(first)).await;
    assert_eq!(world.state(1).await, "queued");
    world.deliver().await;
    let outcomes: Vec<_> = world
        .outcomes(1)
        .await
        .into_iter()
        .map(|one| one.1)
        .collect();
    assert_eq!(outcomes, ["nothing-left", "sent"]);
    assert_eq!((calls.count(id(1)), again.count(id(1))), (0, 1));
}

#[tokio::test]
async fn without_its_slot_file_everything_unfinished_is_in_doubt() {
    let (first, _) = answering(accepted);
    let world = World::new(route(&["first"], json!({})), providers(first)).await;
    world.accept(message(1)).await;
    claim_and_die(&world).await;
    std::fs::remove_file(crate::delivery::slot_file(&world.path)).unwrap();
    let (first, again) = answering(accepted);
    let world = world.restarted(providers(first)).await;
    world.deliver().await;
    assert_eq!(
        (world.state(1).await.as_str(), again.count(id(1))),
        ("in-doubt", 0)
    );
}
