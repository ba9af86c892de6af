//! Webhooks: what is posted when, field by field.

use plugin_testkit::simulator::{
    RecipientAction, RunningSimulator, Trigger, Triggers, WebhookConfig,
};
use serde_json::{Value, json};

use crate::common::{in_time, message, post, send, start_with};
use crate::host::{Host, with_hook};

fn act(simulator: &RunningSimulator, id: &str, action: RecipientAction) {
    simulator
        .trigger(&Trigger {
            message_id: id.into(),
            recipient: None,
            action,
        })
        .unwrap();
}

fn kind<'a>(bodies: &'a [Value], record_type: &str) -> &'a Value {
    bodies
        .iter()
        .find(|body| body["RecordType"] == record_type)
        .unwrap_or_else(|| panic!("no {record_type}: {bodies:?}"))
}

fn keys(body: &Value) -> Vec<&str> {
    body.as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

#[tokio::test]
async fn a_delivery_is_posted_per_recipient_with_the_documented_fields() {
    let host = Host::start(&[]).await;
    let simulator = start_with(with_hook(WebhookConfig::new(&host.url))).await;
    let fields = json!({ "Bcc": "bob@example.com", "Tag": "t", "Metadata": { "TrackingId": "T", "LeadUID": "L" } });
    let id = send(&simulator, message(fields)).await;
    let mut bodies = host.bodies(2).await;
    bodies.sort_by_key(|body| body["Recipient"].as_str().unwrap().to_owned());
    let fields = [
        "DeliveredAt",
        "Details",
        "MessageID",
        "MessageStream",
        "Metadata",
        "Recipient",
        "RecordType",
        "ServerID",
        "Tag",
    ];
    assert_eq!(keys(&bodies[0]), fields);
    assert_eq!(bodies[0]["MessageID"], id.as_str());
    assert_eq!(
        bodies[0]["Metadata"],
        json!({ "TrackingId": "T", "LeadUID": "L" })
    );
    assert_eq!(
        (&bodies[0]["Recipient"], &bodies[1]["Recipient"]),
        (&json!("ann@example.com"), &json!("bob@example.com"))
    );
    let at = bodies[0]["DeliveredAt"].as_str().unwrap();
    assert!(at.len() == 28 && at.ends_with('Z'), "{at}");
}

#[tokio::test]
async fn a_hard_bounce_posts_a_bounce_and_a_change_of_the_list() {
    let host = Host::start(&[]).await;
    let mut triggers = Triggers::default();
    triggers.bounce_content = true;
    let simulator = start_with(with_hook(WebhookConfig::new(&host.url).triggers(triggers))).await;
    let id = send(
        &simulator,
        message(json!({ "To": "gone@bounce-testing.postmarkapp.com", "Tag": "t" })),
    )
    .await;
    let bodies = host.bodies(2).await;
    let bounce = kind(&bodies, "Bounce");
    assert_eq!(
        (&bounce["Type"], &bounce["TypeCode"], &bounce["Name"]),
        (&json!("HardBounce"), &json!(1), &json!("Hard bounce"))
    );
    assert_eq!(
        (
            &bounce["Inactive"],
            &bounce["CanActivate"],
            &bounce["MessageID"]
        ),
        (&json!(true), &json!(true), &json!(id))
    );
    assert_eq!(
        (&bounce["Email"], &bounce["From"]),
        (
            &json!("gone@bounce-testing.postmarkapp.com"),
            &json!("sales@example.com")
        )
    );
    assert!(
        bounce["ID"].is_u64() && bounce["Content"].is_string() && bounce.get("Recipient").is_none()
    );
    let change = kind(&bodies, "SubscriptionChange");
    assert_eq!(
        (&change["SuppressSending"], &change["SuppressionReason"]),
        (&json!(true), &json!("HardBounce"))
    );
    assert_eq!(
        (&change["Origin"], &change["MessageID"]),
        (&json!("Recipient"), &json!(id))
    );
}

#[tokio::test]
async fn people_open_click_complain_and_unsubscribe() {
    let host = Host::start(&[]).await;
    let simulator = start_with(with_hook(WebhookConfig::new(&host.url))).await;
    let tracked = json!({
        "HtmlBody": "<a href=\"https://example.com/offer\">x</a>", "TrackOpens": true, "TrackLinks": "HtmlOnly",
        "Metadata": { "TrackingId": "T-9" },
    });
    let id = send(&simulator, message(tracked)).await;
    host.received(1).await;
    act(&simulator, "t-9", RecipientAction::Open);
    act(&simulator, &id, RecipientAction::Open);
    act(&simulator, &id, RecipientAction::Click { link: None });
    act(&simulator, &id, RecipientAction::Click { link: None });
    act(&simulator, &id, RecipientAction::Unsubscribe);
    act(&simulator, &id, RecipientAction::Unsubscribe);
    let bodies = host.bodies(5).await;
    let opens: Vec<&Value> = bodies
        .iter()
        .filter(|it| it["RecordType"] == "Open")
        .collect();
    assert_eq!(opens.len(), 2);
    assert!(
        opens.iter().any(|it| it["FirstOpen"] == true)
            && opens.iter().any(|it| it["FirstOpen"] == false)
    );
    let click = kind(&bodies, "Click");
    assert_eq!(
        (&click["OriginalLink"], &click["ClickLocation"]),
        (&json!("https://example.com/offer"), &json!("HTML"))
    );
    let change = kind(&bodies, "SubscriptionChange");
    assert_eq!(
        (&change["SuppressionReason"], &change["Origin"]),
        (&json!("ManualSuppression"), &json!("Recipient"))
    );
    assert_eq!(change["Metadata"], json!({ "TrackingId": "T-9" }));
    act(&simulator, &id, RecipientAction::Resubscribe);
    let back = host.bodies(6).await.pop().unwrap();
    assert_eq!(
        (&back["SuppressSending"], &back["SuppressionReason"]),
        (&json!(false), &json!(null))
    );
    assert_eq!(
        (&back["MessageID"], &back["Tag"], &back["Metadata"]),
        (&json!(null), &json!(null), &json!({}))
    );
    act(&simulator, &id, RecipientAction::Complain);
    let bodies = host.bodies(8).await;
    let complaint = kind(&bodies, "SpamComplaint");
    assert_eq!(
        (&complaint["Type"], &complaint["TypeCode"]),
        (&json!("SpamComplaint"), &json!(100_001))
    );
    assert_eq!(
        (&complaint["CanActivate"], &complaint["Inactive"]),
        (&json!(false), &json!(true))
    );
    in_time("the end", simulator.webhooks().settled()).await;
    assert_eq!(
        host.bodies(8).await.len(),
        8,
        "a click and an unsubscribe are told once"
    );
}

#[tokio::test]
async fn changes_by_the_customer_carry_no_message() {
    let host = Host::start(&[]).await;
    let simulator = start_with(with_hook(WebhookConfig::new(&host.url))).await;
    let list = json!({ "Suppressions": [{ "EmailAddress": "ann@example.com" }] });
    post(&simulator, "/message-streams/outbound/suppressions", list).await;
    let change = host.bodies(1).await.remove(0);
    assert_eq!(
        (&change["MessageID"], &change["Origin"]),
        (&json!(null), &json!("Customer"))
    );
    assert_eq!(
        (&change["SuppressSending"], &change["Metadata"]),
        (&json!(true), &json!({}))
    );
}

#[tokio::test]
async fn requests_carry_credentials_headers_trace_and_countdown() {
    let host = Host::start(&[]).await;
    let url = host.url.replace("http://", "http://hook:s%40crt@");
    let hook = WebhookConfig::new(url).http_header("X-Custom", "yes");
    let simulator = start_with(with_hook(hook)).await;
    send(&simulator, message(json!({}))).await;
    let (headers, _) = host.received(1).await.remove(0);
    assert_eq!(headers["authorization"], "Basic aG9vazpzQGNydA==");
    assert_eq!(headers["content-type"], "application/json");
    assert_eq!(
        (&headers["x-custom"], &headers["x-pm-retries-remaining"]),
        (&"yes".parse().unwrap(), &"9".parse().unwrap())
    );
    assert_eq!(headers["x-pm-webhook-trace-id"].len(), 36);
    assert_eq!(headers["user-agent"], "Postmark");

    let host = Host::start(&[]).await;
    let url = host.url.replace("http://", "http://wrong:wrong@");
    let simulator = start_with(with_hook(
        WebhookConfig::new(url).http_auth("hook", "secret"),
    ))
    .await;
    send(&simulator, message(json!({}))).await;
    assert_eq!(
        host.received(1).await[0].0["authorization"],
        "Basic aG9vazpzZWNyZXQ="
    );
}
