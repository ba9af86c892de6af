use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use plugin_api::{
    CallContext, Capabilities, CheckReport, EmailProvider, Lookup, Mailbox, Message,
    ProviderMessageId, Receipt, SendError, TrackingId, UnsubscribeHandler,
};
use serde_json::json;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use super::service::{Answering, accepted, answering, in_doubt, provider};
use super::world::{ACCOUNT, World, draft, id, message, route};
use crate::DeliveryConfig;
use crate::clock::Clock;
use crate::store::MessageKey;

const MINUTE: Duration = Duration::from_secs(60);

fn absent(_: TrackingId) -> Lookup {
    Lookup::Absent {
        indexed_through: Some(Timestamp::MAX),
    }
}

fn found(id: TrackingId) -> Lookup {
    Lookup::Found(Receipt::new(ProviderMessageId::new(format!("pm-{id}"))))
}

#[tokio::test]
async fn a_hit_of_the_search_settles_a_doubt_with_the_real_id() {
    let (first, calls) = provider(in_doubt, found);
    let world = World::new(route(&["first"], json!({})), vec![("first", first)]).await;
    world.accept(message(1)).await;
    world.deliver().await;
    assert_eq!(world.state(1).await, "in-doubt");
    world.reconcile_after(MINUTE).await;
    let view = world.view(1).await;
    assert_eq!(view.summary.state.to_string(), "sent");
    assert_eq!(
        view.summary.provider_message_id,
        Some(format!("pm-{}", id(1)))
    );
    assert_eq!(view.summary.recipients[0].status.as_deref(), Some("sent"));
    assert_eq!((view.summary.doubled, calls.count(id(1))), (0, 1));
}

#[tokio::test]
async fn presumed_absent_the_message_is_held_and_a_late_hit_still_settles_it() {
    let late = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let is_late = Arc::clone(&late);
    let (first, calls) = provider(in_doubt, move |id| {
        if is_late.load(std::sync::atomic::Ordering::Acquire) {
            found(id)
        } else {
            absent(id)
        }
    });
    let world = World::new(route(&["first"], json!({})), vec![("first", first)]).await;
    world.accept(message(1)).await;
    world.deliver().await;
    world.reconcile_after(MINUTE * 3).await;
    assert_eq!(
        world.view(1).await.summary.reason.as_deref(),
        Some("reset after the request")
    );
    world.reconcile_after(MINUTE).await;
    world.deliver_after(MINUTE).await;
    let held = world.view(1).await.summary;
    assert_eq!(
        (held.state.to_string().as_str(), calls.count(id(1))),
        ("in-doubt", 1)
    );
    assert!(held.reason.unwrap().contains("held for a person"));
    late.store(true, std::sync::atomic::Ordering::Release);
    world.reconcile_after(MINUTE * 30).await;
    assert_eq!(world.state(1).await, "sent");
}

#[tokio::test]
async fn presumed_absent_the_message_is_sent_again_where_the_route_says_so() {
    let (first, calls) = provider(in_doubt, absent);
    let world = World::new(
        route(&["first"], json!({ "in_doubt": "resend" })),
        vec![("first", first)],
    )
    .await;
    world.accept(message(1)).await;
    world.deliver().await;
    for _ in 0..2 {
        // The first round is within the hard deadline and proves nothing.
        world.reconcile_after(MINUTE).await;
        world.deliver().await;
        assert_eq!(calls.count(id(1)), 1);
    }
    world.reconcile_after(MINUTE).await;
    world.reconcile_after(MINUTE).await;
    world.deliver().await;
    assert_eq!(calls.count(id(1)), 2);
    assert_eq!(
        world.outcomes(1).await[0],
        ("first".to_owned(), "nothing-left".to_owned())
    );
}

#[tokio::test]
async fn at_least_once_sends_again_without_evidence() {
    let (first, calls) = answering(in_doubt);
    let (second, _) = answering(accepted);
    let world = World::new(
        route(&["first", "second"], json!({ "in_doubt": "at-least-once" })),
        vec![("first", first), ("second", second)],
    )
    .await;
    for number in 0..20 {
        world.accept(message(number)).await;
    }
    for _ in 0..40 {
        world.deliver_after(MINUTE * 5).await;
    }
    for number in 0..20 {
        let outcomes = world.outcomes(number).await;
        assert_eq!(outcomes.last().unwrap().1, "sent", "{outcomes:?}");
    }
    assert!(!calls.sizes().is_empty());
}

/// The id is unique within an account; the provider searches all its messages by it.
#[tokio::test]
async fn a_hit_that_may_be_another_accounts_message_of_the_same_id_proves_nothing() {
    let (first, calls) = provider(
        |message| match message.account_uid() {
            Some("other") => accepted(message),
            _ => in_doubt(message),
        },
        found,
    );
    let world = World::new(route(&["first"], json!({})), vec![("first", first)]).await;
    let twin = draft(1)
        .account_uid("other")
        .to(Mailbox::new("bob@example.com").unwrap());
    world.accept(message(1)).await;
    world.accept(twin.build().unwrap()).await;
    world.deliver().await;
    world.reconcile_after(MINUTE).await;
    let state = async |account: &str| {
        let key = MessageKey {
            account: Some(account.to_owned()),
            ..MessageKey::any(id(1))
        };
        let view = world.engine.store.message(key).await.unwrap();
        view.expect("it was accepted").summary.state.to_string()
    };
    assert_eq!(state("other").await, "sent");
    assert_eq!(state(ACCOUNT).await, "in-doubt");
    assert_eq!(calls.count(id(1)), 2);
}

#[tokio::test]
async fn a_search_in_another_account_proves_nothing() {
    let (first, _) = answering(in_doubt);
    let world = World::new(
        route(&["first"], json!({ "in_doubt": "resend" })),
        vec![("first", first)],
    )
    .await;
    world.accept(message(1)).await;
    world.deliver().await;
    let other_account = Arc::new(Elsewhere(provider(accepted, found).0));
    let world = world.restarted(vec![("first", other_account)]).await;
    for _ in 0..60 {
        world.reconcile_after(MINUTE).await;
        world.deliver().await;
    }
    assert_eq!(
        (world.state(1).await.as_str(), world.outcomes(1).await.len()),
        ("in-doubt", 1)
    );
}

/// The same service under another account.
struct Elsewhere(Arc<dyn plugin_api::Provider>);

impl UnsubscribeHandler for Elsewhere {}

#[plugin_api::async_trait]
impl EmailProvider for Elsewhere {
    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }

    async fn send(&self, message: &Message, context: &CallContext) -> Result<Receipt, SendError> {
        self.0.send(message, context).await
    }

    async fn find_sent(
        &self,
        queries: &[plugin_api::SentQuery],
        context: &CallContext,
    ) -> Vec<Lookup> {
        self.0.find_sent(queries, context).await
    }

    async fn check(&self, _: &CallContext) -> Result<CheckReport, SendError> {
        Ok(CheckReport::new("account-2"))
    }
}

/// Answers when the test says so, and for `hold` seconds at the most.
struct Gated {
    open: Notify,
    asked: Notify,
    answer: Answering,
}

impl UnsubscribeHandler for Gated {}

#[plugin_api::async_trait]
impl EmailProvider for Gated {
    fn capabilities(&self) -> Capabilities {
        Capabilities::new()
    }

    async fn send(&self, message: &Message, _: &CallContext) -> Result<Receipt, SendError> {
        self.asked.notify_one();
        self.open.notified().await;
        (self.answer)(message)
    }

    async fn check(&self, _: &CallContext) -> Result<CheckReport, SendError> {
        Ok(CheckReport::new("account-1"))
    }
}

fn gated(answer: Answering) -> Arc<Gated> {
    Arc::new(Gated {
        open: Notify::new(),
        asked: Notify::new(),
        answer,
    })
}

fn impatient() -> DeliveryConfig {
    DeliveryConfig {
        soft_deadline: Duration::from_millis(300),
        ..DeliveryConfig::default()
    }
}

/// Delivers with a call that has not answered by the soft deadline; the call runs on.
async fn overdue(world: &World, gate: &Gated) -> JoinSet<()> {
    let mut calls = JoinSet::new();
    let mut results = world.engine.results();
    world.engine.dispatch(&mut calls).await.unwrap();
    gate.asked.notified().await;
    while world.state(1).await == "sending" {
        results.changed().await.unwrap();
    }
    calls
}

#[tokio::test]
async fn an_answer_after_the_soft_deadline_settles_the_doubt() {
    let answers: [(Answering, &str); 3] = [
        (accepted, "sent"),
        (super::service::unavailable, "retry-wait"),
        (in_doubt, "in-doubt"),
    ];
    for (answer, state) in answers {
        let gate = gated(answer);
        let providers: Vec<(&str, Arc<dyn plugin_api::Provider>)> = vec![("slow", gate.clone())];
        let world = World::busy(route(&["slow"], json!({})), providers, impatient()).await;
        world.accept(message(1)).await;
        let mut calls = overdue(&world, &gate).await;
        assert_eq!(world.state(1).await, "in-doubt");
        gate.open.notify_one();
        calls.join_next().await.unwrap().unwrap();
        assert_eq!(world.state(1).await, state);
    }
}

#[tokio::test]
async fn the_late_failure_of_a_call_that_was_given_up_does_not_start_a_third() {
    let gate = gated(super::service::unavailable);
    let providers: Vec<(&str, Arc<dyn plugin_api::Provider>)> = vec![("slow", gate.clone())];
    let at_least_once = route(&["slow"], json!({ "in_doubt": "at-least-once" }));
    let world = World::busy(at_least_once, providers, impatient()).await;
    world.accept(message(1)).await;
    let mut first = overdue(&world, &gate).await;
    assert_eq!(world.state(1).await, "retry-wait");
    let mut second = JoinSet::new();
    world.engine.dispatch(&mut second).await.unwrap();
    gate.asked.notified().await;
    // Two calls wait at the gate; the older one is let through first.
    gate.open.notify_one();
    first.join_next().await.unwrap().unwrap();
    let view = world.view(1).await;
    assert_eq!(view.attempts.len(), 2);
    assert_ne!(
        view.summary.next_at,
        Some(world.clock.now()),
        "{:?}",
        view.summary.state
    );
    gate.open.notify_one();
    second.join_next().await.unwrap().unwrap();
    assert_eq!(world.outcomes(1).await[0].1, "unavailable");
}

#[tokio::test]
async fn a_process_that_ends_within_a_call_leaves_a_doubt_behind() {
    let gate = gated(accepted);
    let providers: Vec<(&str, Arc<dyn plugin_api::Provider>)> = vec![("slow", gate.clone())];
    let world = World::new(route(&["slow"], json!({})), providers).await;
    world.accept(message(1)).await;
    let mut calls = JoinSet::new();
    world.engine.dispatch(&mut calls).await.unwrap();
    gate.asked.notified().await;
    calls.shutdown().await;
    assert_eq!(world.state(1).await, "sending");
    let (searchable, again) = provider(accepted, found);
    let world = world.restarted(vec![("slow", searchable)]).await;
    world.deliver().await;
    assert_eq!(world.state(1).await, "in-doubt");
    world.reconcile_after(MINUTE).await;
    assert_eq!(
        (world.state(1).await.as_str(), again.count(id(1))),
        ("sent", 0)
    );
}
