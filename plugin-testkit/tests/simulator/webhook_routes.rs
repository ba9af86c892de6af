//! `/webhooks`: kept only when they answer.

use reqwest::Method;
use serde_json::json;

use crate::common::{call, get, message, post, send, start};
use crate::host::Host;

#[tokio::test]
async fn a_webhook_is_created_only_when_it_answers_every_probe_with_200() {
    let host = Host::start(&[200, 201]).await;
    let simulator = start().await;
    let triggers = json!({ "Delivery": { "Enabled": true }, "Bounce": { "Enabled": true, "IncludeContent": true } });
    let auth = json!({ "Username": "u", "Password": "p" });
    let request = json!({ "Url": host.url, "Triggers": triggers, "HttpAuth": auth, "HttpHeaders": [{ "Name": "X-A", "Value": "1" }] });
    let refused = post(&simulator, "/webhooks", request.clone()).await;
    assert_eq!(refused.refusal(), (422, 1364));
    assert_eq!(refused.body["Success"], false);
    assert_eq!(refused.body["Results"].as_array().unwrap().len(), 2);
    assert_eq!(
        get(&simulator, "/webhooks").await.body,
        json!({ "Webhooks": [] })
    );

    let made = post(&simulator, "/webhooks", request).await;
    assert_eq!(
        (made.status, &made.body["Status"]),
        (200, &json!("verified"))
    );
    assert_eq!(
        (
            &made.body["MessageStream"],
            &made.body["HttpAuth"]["Username"]
        ),
        (&json!("outbound"), &json!("u"))
    );
    assert_eq!(
        made.body["Triggers"]["Bounce"],
        json!({ "Enabled": true, "IncludeContent": true })
    );
    assert_eq!(made.body["Triggers"]["Open"]["Enabled"], false);
    send(&simulator, message(json!({}))).await;
    let (headers, body) = host.received(5).await.pop().unwrap();
    assert_eq!(
        (&body["RecordType"], &headers["x-a"]),
        (&json!("Delivery"), &"1".parse().unwrap())
    );
    assert!(
        headers["authorization"]
            .to_str()
            .unwrap()
            .starts_with("Basic ")
    );
}

#[tokio::test]
async fn webhooks_are_edited_verified_listed_and_deleted() {
    let host = Host::start(&[500, 500]).await;
    let simulator = start().await;
    let request = json!({ "Url": host.url, "MessageStream": "broadcast", "Verify": false, "Triggers": { "Click": { "Enabled": true } } });
    let made = post(&simulator, "/webhooks", request).await;
    assert_eq!(
        (made.status, &made.body["Status"]),
        (200, &json!("unverified"))
    );
    let path = format!("/webhooks/{}", made.body["ID"]);
    assert_eq!(
        get(&simulator, "/webhooks?MessageStream=outbound")
            .await
            .body["Webhooks"],
        json!([])
    );
    assert_eq!(
        get(&simulator, "/webhooks?MessageStream=broadcast")
            .await
            .body["Webhooks"][0],
        made.body
    );

    let failed = call(&simulator, Method::POST, &format!("{path}/verify"), None).await;
    assert_eq!(
        (failed.status, &failed.body["Success"]),
        (200, &json!(false))
    );
    let edit =
        json!({ "Triggers": { "Delivery": { "Enabled": true } }, "MessageStream": "outbound" });
    let refused = call(&simulator, Method::PUT, &path, Some(edit.clone())).await;
    assert_eq!(refused.refusal(), (422, 1364));
    let edited = call(&simulator, Method::PUT, &path, Some(edit)).await;
    assert_eq!(
        (&edited.body["Status"], &edited.body["MessageStream"]),
        (&json!("verified"), &json!("broadcast"))
    );
    assert_eq!(edited.body["Triggers"]["Click"]["Enabled"], true);
    let verified = call(&simulator, Method::POST, &format!("{path}/verify"), None).await;
    assert_eq!(verified.body["Success"], true);

    let deleted = call(&simulator, Method::DELETE, &path, None).await;
    assert_eq!(
        deleted.body,
        json!({ "ErrorCode": 0, "Message": format!("Webhook {} removed.", made.body["ID"]) })
    );
    assert_eq!(get(&simulator, &path).await.refusal(), (422, 1351));
    assert_eq!(
        post(&simulator, "/webhooks", json!({ "Url": "nowhere" }))
            .await
            .refusal(),
        (422, 1350)
    );
    assert_eq!(
        post(
            &simulator,
            "/webhooks",
            json!({ "Url": host.url, "MessageStream": "s" })
        )
        .await
        .refusal(),
        (422, 1235)
    );
}
