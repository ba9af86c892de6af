//! Who and what is refused as a whole, with which status.

use plugin_testkit::simulator::{
    ApiKeyConfig, DynamicTemplate, EventWebhookConfig, Senders, SendgridConfig, SendgridStanding,
    Simulator, SimulatorConfig,
};
use reqwest::Method;
use serde_json::json;

use super::common::{KEY, call_as, get, post, read, request, start, start_as, try_send};
use crate::common::http;

#[tokio::test]
async fn keys_and_their_scopes_are_asked_for() {
    let reader = ApiKeyConfig::new("SG.reader.x").scopes(["user.username.read"]);
    let config = SendgridConfig::with_key(KEY).key(reader).user("shop", 815);
    let simulator = start_as(config).await;
    let url = format!("{}/v3/mail/send", simulator.base_url());
    let post = |header: Option<&str>| {
        let request_of = http().post(&url).json(&request(json!({})));
        match header {
            Some(value) => request_of.header("Authorization", value),
            None => request_of,
        }
    };
    for wrong in [
        None,
        Some("Bearer SG.other.key"),
        Some(KEY),
        Some("Basic abc"),
        Some("Bearer "),
    ] {
        let answer = read(post(wrong).send().await.unwrap()).await;
        assert_eq!(
            (answer.status, answer.fields()),
            (401, vec!["null"]),
            "{wrong:?}"
        );
    }
    let lower = read(post(Some(&format!("bearer {KEY}"))).send().await.unwrap()).await;
    assert_eq!(lower.status, 202);
    let forbidden = call_as(
        &simulator,
        "SG.reader.x",
        Method::POST,
        "/v3/mail/send",
        Some(request(json!({}))),
    )
    .await;
    assert_eq!(
        (forbidden.status, forbidden.message()),
        (403, "access forbidden")
    );
    let scopes = call_as(&simulator, "SG.reader.x", Method::GET, "/v3/scopes", None).await;
    assert_eq!(scopes.body, json!({ "scopes": ["user.username.read"] }));
    let user = call_as(
        &simulator,
        "SG.reader.x",
        Method::GET,
        "/v3/user/username",
        None,
    )
    .await;
    assert_eq!(user.body, json!({ "username": "shop", "user_id": 815 }));
    assert_eq!(
        call_as(
            &simulator,
            "SG.reader.x",
            Method::GET,
            "/v3/user/account",
            None
        )
        .await
        .status,
        403
    );
    assert_eq!(get(&simulator, "/v3/user/account").await.status, 200);
    assert_eq!(
        get(&simulator, "/v3/user/profile").await.body["username"],
        "shop"
    );
    let scopes = get(&simulator, "/v3/scopes").await.body;
    assert!(
        scopes["scopes"]
            .as_array()
            .unwrap()
            .contains(&json!("mail.send"))
    );
}

#[tokio::test]
async fn senders_must_be_verified_where_the_account_says_so() {
    let senders = Senders::Only {
        confirmed: vec!["example.com".into()],
        unconfirmed: vec!["new@example.com".into()],
    };
    let simulator = start_as(SendgridConfig::with_key(KEY).senders(senders)).await;
    assert_eq!(try_send(&simulator, request(json!({}))).await.status, 202);
    let own =
        json!([{ "to": [{ "email": "a@b.example" }], "from": { "email": "x@elsewhere.example" } }]);
    for change in [
        json!({ "from": { "email": "x@elsewhere.example" } }),
        json!({ "from": { "email": "new@example.com" } }),
        json!({ "personalizations": own }),
    ] {
        let answer = try_send(&simulator, request(change)).await;
        assert_eq!((answer.status, answer.fields()), (403, vec!["from"]));
    }
}

#[tokio::test]
async fn an_account_that_may_not_send_says_why() {
    for (standing, status) in [
        (SendgridStanding::Suspended, 403),
        (SendgridStanding::OutOfCredits, 401),
    ] {
        let simulator = start_as(SendgridConfig::with_key(KEY).standing(standing)).await;
        let answer = try_send(&simulator, request(json!({}))).await;
        assert_eq!((answer.status, answer.fields()), (status, vec!["null"]));
    }
}

#[tokio::test]
async fn paths_methods_types_and_sizes_are_refused_in_the_same_form() {
    let simulator = start().await;
    assert_eq!(get(&simulator, "/v3/nothing").await.fields(), ["null"]);
    assert_eq!(get(&simulator, "/v3/nothing").await.status, 404);
    assert_eq!(get(&simulator, "/v3/mail/send").await.status, 405);
    let url = format!("{}/v3/mail/send", simulator.base_url());
    let raw = |kind: &'static str, body: Vec<u8>| {
        let request = http()
            .post(&url)
            .bearer_auth(KEY)
            .header("Content-Type", kind);
        request.body(body).send()
    };
    let text = read(raw("text/plain", b"{}".to_vec()).await.unwrap()).await;
    assert_eq!((text.status, text.fields()), (415, vec!["null"]));
    let garbled = read(raw("application/json", b"{".to_vec()).await.unwrap()).await;
    assert_eq!((garbled.status, garbled.message()), (400, "Bad Request"));
    let list = read(
        raw("application/json; charset=utf-8", b"[]".to_vec())
            .await
            .unwrap(),
    )
    .await;
    assert_eq!(list.status, 400);
    let large = read(
        raw("application/json", vec![b' '; 30_000_001])
            .await
            .unwrap(),
    )
    .await;
    assert_eq!((large.status, large.fields()), (413, vec!["null"]));
    let larger = read(
        raw("application/json", vec![b' '; 51 * 1024 * 1024])
            .await
            .unwrap(),
    )
    .await;
    assert_eq!(larger.status, 413);
    assert_eq!(
        post(&simulator, "/v3/mail/send/", request(json!({})))
            .await
            .status,
        202
    );
}

#[tokio::test]
async fn an_account_that_cannot_work_does_not_start() {
    let refusal = async |config: SendgridConfig| {
        let started = Simulator::start(SimulatorConfig::sendgrid(config)).await;
        started.unwrap_err().to_string()
    };
    let good = || SendgridConfig::with_key(KEY);
    assert!(
        refusal(SendgridConfig::with_key(" "))
            .await
            .contains("keys.key")
    );
    assert!(
        refusal(good().key(ApiKeyConfig::new(KEY)))
            .await
            .contains("keys.key")
    );
    assert!(
        refusal(good().webhook(EventWebhookConfig::new("ftp://x")))
            .await
            .contains("webhooks.url")
    );
    let template = DynamicTemplate::new("d-1", "{{#if}");
    let wrong = refusal(good().template(template)).await;
    assert!(
        wrong.contains("templates") && wrong.contains("d-1"),
        "{wrong}"
    );
}
