//! Webhooks that are tried again, lost, doubled or shuffled.

use std::time::Duration;

use plugin_testkit::simulator::{Disorder, WebhookConfig, WebhookOutcome, WebhookTiming};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::common::{get, in_time, message, post, send, start_with};
use crate::host::{Host, with_hook};

#[tokio::test]
async fn failures_are_retried_on_the_schedule_with_the_same_trace_id() {
    let host = Host::start(&[500, 408, 429]).await;
    let simulator = start_with(with_hook(WebhookConfig::new(&host.url)).speed(0.0)).await;
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
        let simulator =
            start_with(with_hook(WebhookConfig::new(&host.url)).speed(1_000_000.0)).await;
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
    let simulator = start_with(with_hook(hook).speed(1_000_000.0)).await;
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
    let config = with_hook(WebhookConfig::new(&host.url))
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
    let simulator = start_with(with_hook(WebhookConfig::new(&host.url)).seed(3).speed(10.0)).await;
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
