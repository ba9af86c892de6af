//! Webhooks: what is posted, when again, and what is lost.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use plugin_testkit::simulator::{
    Disorder, PostmarkConfig, RecipientAction, RunningSimulator, ServerConfig, SimulatorConfig,
    Trigger, Triggers, WebhookConfig, WebhookOutcome, WebhookTiming,
};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::common::{TOKEN, call, get, in_time, message, post, send, start, start_with};

/// A host that takes webhooks down and answers with the statuses it was told, then 200.
struct Host {
    url: String,
    shared: Arc<Shared>,
}

struct Shared {
    requests: Mutex<Vec<(HeaderMap, Value)>>,
    statuses: Mutex<Vec<u16>>,
    count: watch::Sender<usize>,
}

impl Host {
    async fn start(statuses: &[u16]) -> Self {
        let statuses = Mutex::new(statuses.iter().rev().copied().collect());
        let shared = Arc::new(Shared {
            requests: Mutex::default(),
            statuses,
            count: watch::channel(0).0,
        });
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hooks", socket.local_addr().unwrap());
        let app = Router::new().fallback(take).with_state(Arc::clone(&shared));
        tokio::spawn(async move { axum::serve(socket, app).await.unwrap() });
        Self { url, shared }
    }

    async fn received(&self, count: usize) -> Vec<(HeaderMap, Value)> {
        let mut counter = self.shared.count.subscribe();
        in_time("the webhooks", counter.wait_for(|it| *it >= count))
            .await
            .unwrap();
        self.shared.requests.lock().unwrap().clone()
    }

    async fn bodies(&self, count: usize) -> Vec<Value> {
        self.received(count)
            .await
            .into_iter()
            .map(|(_, body)| body)
            .collect()
    }
}

async fn take(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let mut requests = shared.requests.lock().unwrap();
    requests.push((headers, body));
    shared.count.send_replace(requests.len());
    let status = shared.statuses.lock().unwrap().pop().unwrap_or(200);
    StatusCode::from_u16(status).unwrap()
}

fn config(hook: WebhookConfig) -> SimulatorConfig {
    SimulatorConfig::postmark(PostmarkConfig::with_server(
        ServerConfig::new(TOKEN).webhook(hook),
    ))
}

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
    let simulator = start_with(config(WebhookConfig::new(&host.url))).await;
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
    let simulator = start_with(config(WebhookConfig::new(&host.url).triggers(triggers))).await;
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
    let simulator = start_with(config(WebhookConfig::new(&host.url))).await;
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
    let simulator = start_with(config(WebhookConfig::new(&host.url))).await;
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
    let simulator = start_with(config(hook)).await;
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
    let simulator = start_with(config(WebhookConfig::new(url).http_auth("hook", "secret"))).await;
    send(&simulator, message(json!({}))).await;
    assert_eq!(
        host.received(1).await[0].0["authorization"],
        "Basic aG9vazpzZWNyZXQ="
    );
}

#[tokio::test]
async fn failures_are_retried_on_the_schedule_with_the_same_trace_id() {
    let host = Host::start(&[500, 408, 429]).await;
    let simulator = start_with(config(WebhookConfig::new(&host.url)).speed(0.0)).await;
    send(&simulator, message(json!({}))).await;
    for (attempt, minutes) in [(1, 1), (2, 5), (3, 15)] {
        in_time("the attempt", async {
            while simulator.webhooks().attempts().len() < attempt {
                tokio::task::yield_now().await;
            }
        })
        .await;
        simulator
            .clock()
            .advance(Duration::from_secs(minutes * 60 - 1));
        assert_eq!(host.received(attempt).await.len(), attempt, "too early");
        simulator.clock().advance(Duration::from_secs(1));
    }
    let received = host.received(4).await;
    in_time("the end", simulator.webhooks().settled()).await;
    let left: Vec<&str> = received
        .iter()
        .map(|(it, _)| it["x-pm-retries-remaining"].to_str().unwrap())
        .collect();
    assert_eq!(left, ["9", "8", "7", "6"]);
    assert!(
        received
            .iter()
            .all(|(it, _)| it["x-pm-webhook-trace-id"] == received[0].0["x-pm-webhook-trace-id"])
    );
    assert!(received.iter().all(|(_, body)| *body == received[0].1));
}

#[tokio::test]
async fn a_refusal_loses_the_event_at_once() {
    for status in [400, 401, 403, 404, 410, 422] {
        let host = Host::start(&[status]).await;
        let simulator = start_with(config(WebhookConfig::new(&host.url)).speed(1_000_000.0)).await;
        send(&simulator, message(json!({}))).await;
        in_time("the end", simulator.webhooks().settled()).await;
        let attempts = simulator.webhooks().attempts();
        assert_eq!(attempts.len(), 1);
        assert_eq!(attempts[0].outcome, WebhookOutcome::Dropped { status });
    }
}

#[tokio::test]
async fn a_host_that_is_away_is_tried_ten_times_and_then_given_up() {
    let address = {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        socket.local_addr().unwrap()
    };
    let hook = WebhookConfig::new(format!("http://{address}/"));
    let simulator = start_with(config(hook).speed(1_000_000.0)).await;
    send(&simulator, message(json!({}))).await;
    in_time("giving up", simulator.webhooks().settled()).await;
    let attempts = simulator.webhooks().attempts();
    assert_eq!(attempts.len(), 10);
    assert!(
        attempts
            .iter()
            .all(|it| it.outcome == WebhookOutcome::Unreachable && it.event == "Delivery")
    );
    assert_eq!(attempts[9].retries_remaining, 0);
    let simulated = attempts[9].at.duration_since(attempts[0].at);
    assert!(simulated.as_mins() >= 72, "{simulated}");
}

#[tokio::test]
async fn the_schedule_is_data() {
    let host = Host::start(&[500, 500]).await;
    let timing = WebhookTiming {
        retries: vec![Duration::from_secs(1)],
        ..WebhookTiming::default()
    };
    let config = config(WebhookConfig::new(&host.url))
        .webhooks(timing)
        .speed(1000.0);
    let simulator = start_with(config).await;
    send(&simulator, message(json!({}))).await;
    in_time("giving up", simulator.webhooks().settled()).await;
    assert_eq!(simulator.webhooks().attempts().len(), 2);
    assert_eq!(host.received(2).await[0].0["x-pm-retries-remaining"], "1");
}

#[tokio::test]
async fn events_can_be_doubled_and_shuffled() {
    let host = Host::start(&[]).await;
    let simulator = start_with(config(WebhookConfig::new(&host.url)).seed(3).speed(10.0)).await;
    simulator
        .webhooks()
        .disturb(Disorder::new(1.0, Duration::from_secs(3)));
    let batch: Vec<Value> = (0..20)
        .map(|it| message(json!({ "To": format!("p{it}@example.com") })))
        .collect();
    post(&simulator, "/email/batch", json!(batch)).await;
    in_time("the end", simulator.webhooks().settled()).await;
    let received = host.received(40).await;
    assert_eq!(received.len(), 40);
    let mut by_trace = std::collections::HashMap::<&str, Vec<&Value>>::new();
    for (headers, body) in &received {
        by_trace
            .entry(headers["x-pm-webhook-trace-id"].to_str().unwrap())
            .or_default()
            .push(body);
    }
    assert_eq!(by_trace.len(), 20);
    assert!(
        by_trace
            .values()
            .all(|copies| copies.len() == 2 && copies[0] == copies[1])
    );
    let order: Vec<&str> = received
        .iter()
        .map(|(_, body)| body["Recipient"].as_str().unwrap())
        .collect();
    let mut sent_order = order.clone();
    sent_order.sort_by_key(|it| it[1..it.find('@').unwrap()].parse::<u32>().unwrap());
    assert_ne!(order, sent_order);

    let wrong = post(
        &simulator,
        "/_control/webhooks",
        json!({ "duplicate_rate": 2 }),
    )
    .await;
    assert_eq!(wrong.status, 422);
    assert_eq!(
        post(&simulator, "/_control/webhooks", json!({}))
            .await
            .status,
        200
    );
    assert_eq!(
        get(&simulator, "/_control/webhooks").await.body["attempts"]
            .as_array()
            .unwrap()
            .len(),
        40
    );
}

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
