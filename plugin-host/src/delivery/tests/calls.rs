use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use plugin_api::{EmailProvider, Mailbox};
use serde_json::json;

use super::service::{accepted, ailing, answering, provider};
use super::world::{World, draft, id, message, route};
use crate::delivery::engine::Engine;
use crate::store::MessageKey;

#[tokio::test]
async fn what_waits_goes_out_together_up_to_the_limit_of_a_call() {
    let (first, calls) = answering(accepted);
    let world = World::new(route(&["first"], json!({})), vec![("first", first)]).await;
    for number in 0..120 {
        world.accept(message(number)).await;
    }
    world.deliver().await;
    assert_eq!(calls.sizes(), [50, 50, 20]);
    assert!((0..120).all(|number| calls.count(id(number)) == 1));
    assert_eq!(
        world.view(7).await.summary.provider_message_id,
        Some(format!("pm-{}", id(7)))
    );
}

#[tokio::test]
async fn messages_whose_call_failed_come_back_in_one_call() {
    let (is_down, first, calls) = ailing();
    let world = World::new(route(&["first"], json!({})), vec![("first", first)]).await;
    for number in 0..50 {
        world.accept(message(number)).await;
    }
    world.deliver().await;
    is_down.store(false, Ordering::Release);
    // Whatever the wait that was drawn, it is over by then.
    for _ in 0..60 {
        world.deliver_after(Duration::from_millis(100)).await;
    }
    assert_eq!(calls.sizes(), [50, 50]);
}

#[tokio::test]
async fn a_message_of_a_priority_route_goes_alone_and_first() {
    let (first, calls) = answering(accepted);
    let world = World::new(route(&["first"], json!({})), vec![("first", first)]).await;
    for number in 0..9 {
        world.accept(message(number)).await;
    }
    world.accept_as(message(9), true, None).await;
    world.deliver().await;
    assert_eq!(calls.sizes(), [1, 9]);
    assert_eq!(calls.messages()[0].tracking_id(), id(9));
}

#[tokio::test]
async fn nobody_waits_behind_the_import_of_another_account() {
    let (first, calls) = answering(accepted);
    let world = World::new(route(&["first"], json!({})), vec![("first", first)]).await;
    for number in 0..200 {
        world.accept(message(number)).await;
    }
    let other = draft(200)
        .account_uid("zz")
        .to(Mailbox::new("bob@example.com").unwrap());
    world.accept(other.build().unwrap()).await;
    world.deliver().await;
    let place = calls
        .messages()
        .iter()
        .position(|one| one.tracking_id() == id(200));
    assert_eq!(place, Some(1));
}

#[tokio::test]
async fn the_attempt_is_durable_before_the_provider_is_called() {
    let seen = Arc::new(std::sync::Mutex::new(None::<std::path::PathBuf>));
    let path = Arc::clone(&seen);
    let (first, calls) = answering(move |message| {
        let file = path.lock().unwrap().clone().unwrap();
        let other_process = rusqlite::Connection::open(file).unwrap();
        let found: (String, i64) = other_process
            .query_row(
                "SELECT state, (SELECT count(*) FROM attempts WHERE message = seq) FROM messages",
                [],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .unwrap();
        assert_eq!(found, ("sending".to_owned(), 1));
        accepted(message)
    });
    let world = World::new(route(&["first"], json!({})), vec![("first", first)]).await;
    *seen.lock().unwrap() = Some(world.path.clone());
    world.accept(message(1)).await;
    world.deliver().await;
    assert_eq!(
        (calls.sizes(), world.state(1).await),
        (vec![1], "sent".to_owned())
    );
}

#[tokio::test]
async fn a_scheduled_message_waits_for_its_moment_and_is_not_too_old_then() {
    const MONTH: Duration = Duration::from_secs(30 * 24 * 3600);
    let (first, calls) = answering(accepted);
    let world = World::new(route(&["first"], json!({})), vec![("first", first)]).await;
    let moment = crate::clock::Clock::now(&*world.clock)
        .checked_add(MONTH)
        .unwrap();
    world.accept_as(message(1), false, Some(moment)).await;
    world.deliver().await;
    assert!(calls.sizes().is_empty());
    world.deliver_after(MONTH).await;
    assert_eq!(world.state(1).await, "sent");
}

#[tokio::test]
async fn a_provider_without_a_link_gets_no_braces_and_the_timeline_says_so() {
    let (inner, calls) = answering(accepted);
    let world = World::new(
        route(&["bare"], json!({})),
        vec![("bare", Arc::new(Bare(inner)))],
    )
    .await;
    let tagged = draft(1)
        .html_body("<p>Hello {{{ pm:unsubscribe }}}</p>")
        .to(Mailbox::new("ann@example.com").unwrap());
    world.accept(tagged.build().unwrap()).await;
    world.deliver().await;
    assert_eq!(calls.messages()[0].html_body(), Some("<p>Hello </p>"));
    let timeline = world.view(1).await.timeline;
    let said: Vec<_> = timeline
        .iter()
        .map(|entry| (entry.kind.as_str(), entry.source.as_str()))
        .collect();
    assert_eq!(said, [("warning", "host")]);
}

/// A service without unsubscribe links.
struct Bare(Arc<dyn plugin_api::Provider>);

impl plugin_api::UnsubscribeHandler for Bare {}

#[plugin_api::async_trait]
impl EmailProvider for Bare {
    fn capabilities(&self) -> plugin_api::Capabilities {
        self.0.capabilities()
    }

    async fn send(
        &self,
        message: &plugin_api::Message,
        context: &plugin_api::CallContext,
    ) -> Result<plugin_api::Receipt, plugin_api::SendError> {
        self.0.send(message, context).await
    }

    async fn check(
        &self,
        context: &plugin_api::CallContext,
    ) -> Result<plugin_api::CheckReport, plugin_api::SendError> {
        self.0.check(context).await
    }
}

#[tokio::test]
async fn the_running_engine_wakes_by_itself_and_stops_when_told() {
    let (first, _) = provider(accepted, |_| plugin_api::Lookup::unknown("no search"));
    let world = World::new(route(&["first"], json!({})), vec![("first", first)]).await;
    let mut results = world.engine.results();
    let running = tokio::spawn(Arc::clone(&world.engine).run());
    let reconciling = tokio::spawn(Arc::clone(&world.engine).reconcile());
    world.accept(message(1)).await;
    Engine::wake(&world.engine);
    while world.state(1).await != "sent" {
        tokio::time::timeout(Duration::from_secs(60), results.changed())
            .await
            .unwrap()
            .unwrap();
    }
    world.engine.stop();
    let stopped = async { (running.await.unwrap(), reconciling.await.unwrap()) };
    tokio::time::timeout(Duration::from_secs(60), stopped)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_reader_beside_it_sees_what_the_engine_records() {
    let (first, _) = answering(accepted);
    let world = World::new(route(&["first"], json!({})), vec![("first", first)]).await;
    world.accept(message(1)).await;
    world.deliver().await;
    let reader = crate::store::open_read_only(&world.path).unwrap();
    let view = reader
        .message(MessageKey::any(id(1)))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(view.summary.state.to_string(), "sent");
    assert!(matches!(
        crate::store::open(&world.path),
        Err(crate::StoreError::Locked { .. })
    ));
}
