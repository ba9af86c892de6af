use plugin_api::WebhookRequest;
use serde_json::{Value, json};

use super::world::{ACCOUNT, World, acme, at, id, message, posted};
use crate::compliance::{FlagScope, UnsubscribeAnswer, UnsubscribeError};
use crate::store::AcceptOutcome;

impl World {
    async fn callback(&self, body: &Value) -> Result<UnsubscribeAnswer, UnsubscribeError> {
        let providers = [("acme".to_owned(), acme())];
        self.inbox
            .process_unsubscribe(&providers, posted(body))
            .await
    }
}

/// The CRM's own payload.
fn payload(account: &str, number: u8, second: i64) -> Value {
    json!({"accountGuid": account, "trackingGuid": id(number).to_string(), "unsubscribed": at(second).to_string()})
}

#[tokio::test]
async fn the_crms_payload_flags_the_lead_and_the_address_and_a_repeat_changes_nothing() {
    let world = World::new(FlagScope::Account);
    world
        .sent(message(1, Some("L"), &["ann@example.com"]), "acme", "pm-1")
        .await;
    for _ in 0..3 {
        let answer = world.callback(&payload(ACCOUNT, 1, 5)).await.unwrap();
        assert_eq!((answer.found, answer.calls_in_flight), (true, 0));
    }
    assert_eq!(
        world.flagged().await,
        ["L unsubscribed", "ann@example.com unsubscribed"]
    );
    assert_eq!(world.status(1).await, "unsubscribed");
    assert_eq!(
        world.feed().await,
        [
            "message.sent",
            "recipient.unsubscribed",
            "contact.flagged",
            "contact.flagged"
        ]
    );
    let stopped = world
        .accept(message(2, Some("L"), &["other@example.com"]))
        .await;
    assert!(matches!(stopped, AcceptOutcome::Recorded { stopped, .. } if stopped.whole.is_some()));
}

#[tokio::test]
async fn it_is_understood_without_any_provider() {
    let world = World::new(FlagScope::Account);
    world
        .sent(message(1, Some("L"), &["ann@example.com"]), "acme", "pm-1")
        .await;
    let answer = world
        .inbox
        .process_unsubscribe(&[], posted(&payload(ACCOUNT, 1, 5)))
        .await;
    assert!(answer.unwrap().found);
}

#[tokio::test]
async fn an_unknown_id_and_one_of_another_account_flag_nobody_and_wait_in_the_named_account() {
    let world = World::new(FlagScope::Account);
    world
        .sent(message(1, Some("L"), &["ann@example.com"]), "acme", "pm-1")
        .await;
    let other = "0b0b0b0b-0000-4000-8000-000000000002";
    for body in [payload(other, 1, 5), payload(ACCOUNT, 9, 5)] {
        let answer = world.callback(&body).await.unwrap();
        assert_eq!((answer.found, answer.calls_in_flight), (false, 0));
    }
    assert!(world.flagged().await.is_empty());
    let late = world
        .accept(message(9, Some("M"), &["bob@example.com"]))
        .await;
    assert!(matches!(late, AcceptOutcome::Recorded { stopped, .. } if stopped.whole.is_some()));
    assert_eq!(
        world.flagged().await,
        ["M unsubscribed", "bob@example.com unsubscribed"]
    );
}

#[tokio::test]
async fn the_answer_counts_the_calls_that_have_not_ended() {
    let world = World::new(FlagScope::Account);
    for number in 1..=3 {
        world
            .accept(message(number, Some("L"), &["ann@example.com"]))
            .await;
    }
    world
        .accept(message(4, Some("other"), &["bob@example.com"]))
        .await;
    let calls = world.claim("acme").await;
    assert_eq!(calls.len(), 4);
    let answer = world.callback(&payload(ACCOUNT, 1, 5)).await.unwrap();
    assert_eq!(answer.calls_in_flight, 3);
}

#[tokio::test]
async fn a_list_change_that_names_no_message_concerns_whoever_was_mailed_at_that_address() {
    let world = World::new(FlagScope::Account);
    world
        .sent(message(1, Some("L"), &["ann@example.com"]), "acme", "pm-1")
        .await;
    world.callback(&payload(ACCOUNT, 1, 5)).await.unwrap();
    let back = |second| json!([{"list": "remove", "to": "ANN@example.com", "at": second}]);
    world.callback(&back(4)).await.unwrap();
    assert_eq!(
        world.flagged().await.len(),
        2,
        "it happened before the unsubscribe"
    );
    world.callback(&back(6)).await.unwrap();
    assert!(world.flagged().await.is_empty());
    world.callback(&payload(ACCOUNT, 1, 5)).await.unwrap();
    assert!(
        world.flagged().await.is_empty(),
        "a late retry undoes nothing"
    );
    let added = json!([{"list": "add", "to": "ann@example.com", "at": 9, "origin": "customer"}]);
    assert!(world.callback(&added).await.unwrap().found);
    assert_eq!(world.flagged().await, ["ann@example.com unsubscribed"]);
}

#[tokio::test]
async fn a_list_change_about_a_stranger_is_kept_and_flags_nobody_in_an_account() {
    let world = World::new(FlagScope::Account);
    let added = json!([{"list": "add", "to": "stranger@example.com", "at": 9}]);
    assert!(!world.callback(&added).await.unwrap().found);
    assert!(world.flagged().await.is_empty());
    let everywhere = World::new(FlagScope::Global);
    assert!(everywhere.callback(&added).await.unwrap().found);
    assert_eq!(
        everywhere.flagged().await,
        ["stranger@example.com unsubscribed"]
    );
}

#[tokio::test]
async fn complaints_and_bounces_keep_their_reason_and_outlive_a_resubscription() {
    let world = World::new(FlagScope::Account);
    world
        .sent(message(1, Some("L"), &["ann@example.com"]), "acme", "pm-1")
        .await;
    let change = |list: &str, reason: &str, second: i64| {
        json!([{"list": list, "reason": reason, "to": "ann@example.com", "at": second,
                "message": id(1).to_string(), "account": ACCOUNT}])
    };
    world
        .callback(&change("add", "complaint", 5))
        .await
        .unwrap();
    world.callback(&change("add", "manual", 6)).await.unwrap();
    world.callback(&change("remove", "", 7)).await.unwrap();
    assert_eq!(
        world.flagged().await,
        ["L complaint", "ann@example.com complaint"]
    );
}

#[tokio::test]
async fn a_broken_request_is_refused_by_the_field_and_another_by_the_form() {
    let world = World::new(FlagScope::Account);
    let mut broken = payload(ACCOUNT, 1, 5);
    broken["unsubscribed"] = json!("yesterday");
    let error = world.callback(&broken).await.unwrap_err();
    assert!(error.to_string().contains("`unsubscribed`"), "{error}");
    for body in ["", "[]", "{", "\u{0}", "{\"a\":1}"] {
        let mut request = WebhookRequest::post("/", body.to_owned(), at(1_000));
        request.authenticated_by_host = true;
        let error = world
            .inbox
            .process_unsubscribe(&[], request)
            .await
            .unwrap_err();
        assert!(
            matches!(error, UnsubscribeError::Unrecognised),
            "{body}: {error}"
        );
    }
}
