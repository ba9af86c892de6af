use std::sync::{Arc, mpsc};
use std::time::Duration;

use plugin_api::{Capabilities, Capability, EventKind, MockProvider, Provider, WebhookError};
use serde_json::json;

use super::world::{World, about, acme, at, message, posted};
use crate::compliance::FlagScope;
use crate::events::{Inbox, Reader, WebhookFault};

#[tokio::test]
async fn an_event_is_stored_once_and_moves_the_status_of_its_recipient() {
    let world = World::new(FlagScope::Account);
    world
        .sent(message(1, Some("L"), &["Ann@example.com"]), "acme", "pm-1")
        .await;
    let body = json!([about(1, "delivered", "ann@EXAMPLE.com", 10)]);
    world.must_take(body.clone()).await;
    world.must_take(body).await;
    assert_eq!(world.status(1).await, "delivered");
    let timeline = world.view(1).await.timeline;
    assert_eq!(timeline.len(), 1);
    assert_eq!(
        (timeline[0].at, timeline[0].source.as_str()),
        (at(10), "acme")
    );
    assert_eq!(world.feed().await, ["message.sent", "recipient.delivered"]);
}

#[tokio::test]
async fn an_event_that_names_another_account_is_not_believed() {
    let world = World::new(FlagScope::Account);
    world
        .sent(message(1, Some("L"), &["ann@example.com"]), "acme", "pm-1")
        .await;
    let mut event = about(1, "complained", "bob@example.com", 10);
    event["account"] = json!("another");
    world.must_take(json!([event])).await;
    assert!(world.view(1).await.timeline.is_empty());
    assert_eq!(world.status(1).await, "sent");
    assert_eq!(world.flagged().await, ["bob@example.com complaint"]);
}

#[tokio::test]
async fn an_event_without_our_id_is_attached_by_the_providers_and_waits_for_it() {
    let world = World::new(FlagScope::Account);
    let bounce = |pmid: &str| json!([{"kind": "hard", "to": "ann@example.com", "at": 5, "pmid": pmid, "id": pmid}]);
    world.must_take(bounce("pm-1")).await;
    assert!(
        world.flagged().await.is_empty(),
        "nobody knows whose message it was"
    );
    world
        .sent(message(1, Some("L"), &["ann@example.com"]), "acme", "pm-1")
        .await;
    assert_eq!(world.status(1).await, "bounced-hard");
    assert_eq!(
        world.flagged().await,
        ["L hard-bounce", "ann@example.com hard-bounce"]
    );
    world
        .sent(message(2, Some("M"), &["bob@example.com"]), "acme", "pm-2")
        .await;
    world
        .must_take(json!([{"kind": "delivered", "to": "bob@example.com", "at": 5, "pmid": "pm-2"}]))
        .await;
    assert_eq!(world.status(2).await, "delivered");
}

#[tokio::test]
async fn what_cannot_be_read_is_kept_and_answered_well() {
    let world = World::new(FlagScope::Account);
    let answer = world.webhook(&json!({"probe": true})).await.unwrap();
    assert_eq!(answer.set_aside.as_deref(), Some("expected a list"));
    let answer = world
        .webhook(&json!([{"kind": "teleported"}]))
        .await
        .unwrap();
    assert_eq!((answer.events, answer.set_aside), (1, None));
}

#[tokio::test]
async fn who_cannot_prove_to_be_the_service_is_refused() {
    let world = World::new(FlagScope::Account);
    let mut request = posted(&json!([about(1, "delivered", "ann@example.com", 1)]));
    request.authenticated_by_host = false;
    let refused = world.inbox.webhook("acme", &acme(), request.clone()).await;
    assert!(
        matches!(refused, Err(WebhookFault::Unauthenticated(_))),
        "{refused:?}"
    );

    let mut signed = MockProvider::new();
    signed
        .expect_capabilities()
        .returning(|| Capabilities::new().with(Capability::WebhookSignatures));
    signed.expect_process_unsubscribe().returning(|_| Ok(None));
    signed
        .expect_parse_webhook()
        .returning(|request| match request.header("x-signature") {
            Some("good") => Ok(vec![plugin_api::Event::new(EventKind::Delivered)]),
            _ => Err(WebhookError::unauthenticated("the signature is wrong")),
        });
    let signed: Arc<dyn Provider> = Arc::new(signed);
    let refused = world
        .inbox
        .webhook("signed", &signed, request.clone())
        .await;
    assert!(
        matches!(refused, Err(WebhookFault::Unauthenticated(why)) if why == "the signature is wrong")
    );
    request
        .headers
        .push(("X-Signature".to_owned(), "good".to_owned()));
    let taken = world
        .inbox
        .webhook("signed", &signed, request)
        .await
        .unwrap();
    assert_eq!(taken.events, 1);
}

#[tokio::test]
async fn a_plugin_that_hangs_or_panics_stalls_nobody_and_loses_nothing() {
    let mut world = World::new(FlagScope::Account);
    let (release, held) = mpsc::channel::<()>();
    let held = std::sync::Mutex::new(held);
    let panics = reading(|| panic!("a plugin's own panic"));
    // Returns when the test lets go of the other end.
    let hangs = reading(move || drop(held.lock().map(|held| held.recv())));
    let set_aside = async |inbox: &Inbox, name: &str, provider: &Arc<dyn Provider>| {
        let answer = inbox.webhook(name, provider, posted(&json!(name)));
        answer.await.unwrap().set_aside.unwrap()
    };
    assert_eq!(
        set_aside(&world.inbox, "panics", &panics).await,
        "the plugin panicked"
    );
    // Only now is the patience short: a panic takes its time to be reported.
    world.inbox = Inbox {
        reader: Reader::new(Duration::from_millis(50)).into(),
        ..world.inbox
    };
    assert_eq!(
        set_aside(&world.inbox, "hangs", &hangs).await,
        "the plugin did not answer within 50ms"
    );
    let mut unproved = posted(&json!("hangs"));
    unproved.authenticated_by_host = false;
    let unchecked = world.inbox.webhook("hangs", &hangs, unproved).await;
    assert!(
        matches!(unchecked, Err(WebhookFault::Unchecked(_))),
        "{unchecked:?}"
    );
    drop(release);
}

/// A provider whose reader does this, and finds nothing.
fn reading(act: impl Fn() + Send + Sync + 'static) -> Arc<dyn Provider> {
    let mut provider = MockProvider::new();
    provider.expect_capabilities().returning(Capabilities::new);
    provider
        .expect_process_unsubscribe()
        .returning(|_| Ok(None));
    provider.expect_parse_webhook().returning(move |_| {
        act();
        Ok(Vec::new())
    });
    Arc::new(provider)
}

#[tokio::test]
async fn what_the_store_cannot_keep_is_not_answered_as_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("host.db");
    drop(crate::store::open(&path).unwrap());
    let reader = crate::store::open_read_only(&path).unwrap();
    let inbox = Inbox::new(reader, FlagScope::Account);
    let body = json!([about(1, "delivered", "ann@example.com", 1)]);
    let answer = inbox.webhook("acme", &acme(), posted(&body)).await;
    assert!(matches!(answer, Err(WebhookFault::Store(_))), "{answer:?}");
}
