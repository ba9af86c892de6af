//! What wakes the dispatcher, and what lets it sleep.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use serde_json::json;

use super::service::{accepted, answering};
use super::world::{World, route};
use crate::clock::Clock as _;

const MINUTE: Duration = Duration::from_secs(60);

async fn world() -> World {
    let (service, _) = answering(accepted);
    World::new(route(&["first"], json!({})), vec![("first", service)]).await
}

async fn is_over(mut sleep: Pin<&mut impl Future<Output = ()>>) -> bool {
    poll_fn(|context| Poll::Ready(sleep.as_mut().poll(context).is_ready())).await
}

#[tokio::test]
async fn what_is_due_after_the_alarm_lets_the_dispatcher_sleep_and_what_is_due_before_wakes_it() {
    let world = world().await;
    let now = world.clock.now();
    let mut sleep = pin!(world.engine.sleep(Some(now + MINUTE / 2)));
    assert!(!is_over(sleep.as_mut()).await);
    world.engine.due_at(now + MINUTE);
    assert!(!is_over(sleep.as_mut()).await);
    world.engine.due_at(now + MINUTE / 3);
    assert!(is_over(sleep).await);
}

#[tokio::test]
async fn what_is_due_at_once_wakes_the_dispatcher_although_the_clock_was_set_beyond_its_alarm() {
    let world = world().await;
    let mut sleep = pin!(world.engine.sleep(None));
    assert!(!is_over(sleep.as_mut()).await);
    world.clock.pass(10 * MINUTE);
    world.engine.due_at(world.clock.now());
    assert!(is_over(sleep).await);
}

#[tokio::test]
async fn what_comes_in_while_the_dispatcher_looks_is_looked_at_next_whenever_it_is_due() {
    let world = world().await;
    let now = world.clock.now();
    world.engine.due_at(now + 100 * MINUTE);
    assert!(is_over(pin!(world.engine.sleep(Some(now + MINUTE)))).await);
}
