use serde_json::json;

use super::service::{accepted, answering};
use super::world::{World, id, message, route};
use crate::store::PauseSubject::{Provider, Route};

#[tokio::test]
async fn a_paused_provider_is_passed_over_and_waits_to_be_resumed() {
    let (first, calls) = answering(accepted);
    let world = World::new(route(&["first"], json!({})), vec![("first", first)]).await;
    world
        .engine
        .pause(Provider, "first", "an audit")
        .await
        .unwrap();
    world.accept(message(1)).await;
    world.deliver().await;
    let waiting = world.view(1).await.summary;
    assert_eq!(
        (waiting.state.to_string().as_str(), calls.count(id(1))),
        ("queued", 0)
    );
    assert!(waiting.reason.unwrap().contains("paused"));
    assert!(world.engine.resume(Provider, "first").await.unwrap());
    world.deliver().await;
    assert_eq!(
        (world.state(1).await.as_str(), calls.count(id(1))),
        ("sent", 1)
    );
}

#[tokio::test]
async fn a_claim_that_meets_a_resume_puts_nothing_off() {
    let (first, calls) = answering(accepted);
    let world = World::new(route(&["first"], json!({})), vec![("first", first)]).await;
    world.engine.pause(Route, "default", "").await.unwrap();
    world.accept(message(1)).await;
    let resume = world.engine.resume(Route, "default");
    // The claim is planned after the row of the pause is gone, and before anybody has been told so.
    let (resumed, ()) = tokio::join!(biased; resume, world.deliver());
    assert!(resumed.unwrap());
    assert_eq!(
        (world.state(1).await.as_str(), calls.count(id(1))),
        ("sent", 1)
    );
}

#[tokio::test]
async fn the_others_of_the_pool_take_what_a_paused_provider_would_have_had() {
    let ((first, to_first), (second, to_second)) = (answering(accepted), answering(accepted));
    let providers = vec![("first", first), ("second", second)];
    let world = World::new(route(&["first", "second"], json!({})), providers).await;
    world.engine.pause(Provider, "first", "").await.unwrap();
    for number in 0..20 {
        world.accept(message(number)).await;
    }
    world.deliver().await;
    assert_eq!(
        (to_first.messages().len(), to_second.messages().len()),
        (0, 20)
    );
}

#[tokio::test]
async fn a_paused_route_stays_paused_beyond_a_restart_and_goes_on_at_once_when_resumed() {
    let (first, _) = answering(accepted);
    let world = World::new(route(&["first"], json!({})), vec![("first", first)]).await;
    world
        .engine
        .pause(Route, "default", "wrong template")
        .await
        .unwrap();
    world.accept(message(1)).await;
    world.deliver().await;
    let (first, calls) = answering(accepted);
    let world = world.restarted(vec![("first", first)]).await;
    world.accept(message(2)).await;
    world.deliver().await;
    assert_eq!(calls.messages().len(), 0);
    let reason = world.view(2).await.summary.reason.unwrap();
    assert_eq!(reason, "route `default` is paused: wrong template");
    assert!(world.engine.resume(Route, "default").await.unwrap());
    assert!(!world.engine.resume(Route, "default").await.unwrap());
    world.deliver().await;
    assert_eq!((calls.count(id(1)), calls.count(id(2))), (1, 1));
}
