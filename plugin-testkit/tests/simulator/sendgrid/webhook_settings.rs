//! Event webhooks set up through the API.

use plugin_testkit::simulator::{ApiKeyConfig, DynamicTemplate, SendgridConfig};
use reqwest::Method;
use serde_json::{Value, json};

use super::common::{Answer, KEY, call, call_as, get, post, request, send, start, start_as};
use crate::host::Host;

const SETTINGS: &str = "/v3/user/webhooks/event/settings";

#[tokio::test]
async fn a_webhook_is_made_switched_signed_and_removed() {
    let host = Host::start(&[]).await;
    let simulator = start().await;
    let patch = async |path: &str, body: Value| -> Answer {
        call(
            &simulator,
            Method::PATCH,
            &format!("{SETTINGS}{path}"),
            Some(body),
        )
        .await
    };
    assert_eq!(get(&simulator, SETTINGS).await.status, 404);
    let made = patch(
        "",
        json!({ "enabled": true, "url": host.url, "delivered": true }),
    )
    .await;
    assert_eq!(
        (
            made.status,
            &made.body["delivered"],
            &made.body["processed"]
        ),
        (200, &json!(true), &json!(false))
    );
    send(&simulator, request(json!({}))).await;
    assert_eq!(host.bodies(1).await[0][0]["event"], "delivered");
    let signed = patch("/signed", json!({ "enabled": true })).await.body;
    assert!(
        signed["public_key"]
            .as_str()
            .unwrap()
            .starts_with("MFkwEwYHKoZI")
    );
    assert_eq!(
        get(&simulator, &format!("{SETTINGS}/signed")).await.body,
        signed
    );
    patch("", json!({ "delivered": false, "processed": true })).await;
    send(&simulator, request(json!({}))).await;
    let (headers, body) = host.received(2).await.remove(1);
    assert_eq!(body[0]["event"], "processed");
    assert!(headers.contains_key("x-twilio-email-event-webhook-signature"));
    let id = made.body["id"].as_str().unwrap();
    let by_id = patch(&format!("/{id}"), json!({ "enabled": false })).await;
    assert_eq!(
        (&by_id.body["enabled"], &by_id.body["public_key"]),
        (&json!(false), &signed["public_key"])
    );
    assert_eq!(
        patch("/signed", json!({ "enabled": false })).await.body["public_key"],
        ""
    );
    let second = post(&simulator, SETTINGS, json!({ "url": host.url })).await;
    assert_eq!(second.status, 201);
    let all = get(&simulator, &format!("{SETTINGS}/all")).await.body;
    assert_eq!(all["webhooks"].as_array().unwrap().len(), 2);
    let gone = call(
        &simulator,
        Method::DELETE,
        &format!("{SETTINGS}/{id}"),
        None,
    )
    .await;
    assert_eq!((gone.status, gone.body), (204, json!("")));
    assert_eq!(
        get(&simulator, &format!("{SETTINGS}/{id}")).await.status,
        404
    );
    for (path, wrong, field) in [
        ("", json!({ "url": "ftp://x" }), "url"),
        ("", json!({ "bounce": "yes" }), "bounce"),
        ("/signed", json!({}), "enabled"),
    ] {
        let answer = patch(path, wrong).await;
        assert_eq!((answer.status, answer.fields()), (400, vec![field]));
    }
}

#[tokio::test]
async fn settings_and_templates_want_their_scopes() {
    let reader = ApiKeyConfig::new("SG.r.r").scopes(["user.webhooks.event.settings.read"]);
    let template = DynamicTemplate::new("d-1", "Hi").text("Hello");
    let simulator = start_as(SendgridConfig::with_key(KEY).key(reader).template(template)).await;
    let asked = async |method: Method, path: &str| {
        call_as(
            &simulator,
            "SG.r.r",
            method,
            path,
            Some(json!({ "url": "http://x.example" })),
        )
        .await
        .status
    };
    assert_eq!(asked(Method::GET, &format!("{SETTINGS}/all")).await, 200);
    assert_eq!(asked(Method::POST, SETTINGS).await, 403);
    assert_eq!(asked(Method::GET, "/v3/templates").await, 403);
    let all = get(&simulator, "/v3/templates?generations=dynamic")
        .await
        .body;
    assert_eq!(all["result"][0]["id"], "d-1");
    let one = get(&simulator, "/v3/templates/d-1").await.body;
    assert_eq!(one["versions"][0]["plain_content"], "Hello");
    assert_eq!(get(&simulator, "/v3/templates/d-2").await.status, 404);
}
