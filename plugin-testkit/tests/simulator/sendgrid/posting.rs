//! How events are posted: in lists, again, twice, in any order, later.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use plugin_testkit::simulator::{
    Disorder, EventWebhookConfig, SendgridConfig, SimulatorConfig, WebhookOutcome,
};
use serde_json::{Value, json};

use super::common::{KEY, request, send, to};
use super::events::{events, kinds};
use crate::common::{in_time, start_with};
use crate::host::Host;

#[tokio::test]
async fn one_request_holds_the_events_of_many_mails() {
    let host = Host::start(&[]).await;
    let hook = EventWebhookConfig::new(&host.url).gathers(Duration::from_secs(30), 8);
    let config = SimulatorConfig::sendgrid(SendgridConfig::with_key(KEY).webhook(hook)).speed(0.0);
    let simulator = start_with(config).await;
    for name in ["a", "b", "c"] {
        let own = json!([
            to(&format!("{name}1@example.com")),
            to(&format!("{name}2@example.com"))
        ]);
        send(&simulator, request(json!({ "personalizations": own }))).await;
    }
    // Six mails, two events each.
    assert_eq!(simulator.webhooks().pending(), 12);
    simulator.clock().advance(Duration::from_secs(31));
    in_time("the webhooks", simulator.webhooks().settled()).await;
    let bodies = host.bodies(2).await;
    let mut sizes: Vec<usize> = bodies
        .iter()
        .map(|it| it.as_array().unwrap().len())
        .collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [4, 8]);
    assert_eq!(simulator.webhooks().attempts().len(), 2);
}

#[tokio::test]
async fn what_one_request_causes_goes_together() {
    let host = Host::start(&[]).await;
    let hook = EventWebhookConfig::new(&host.url);
    let config = SimulatorConfig::sendgrid(SendgridConfig::with_key(KEY).webhook(hook));
    let simulator = start_with(config).await;
    let all: Vec<Value> = (0..50)
        .map(|it| to(&format!("p{it}@example.com")))
        .collect();
    send(&simulator, request(json!({ "personalizations": all }))).await;
    in_time("the end", simulator.webhooks().settled()).await;
    assert_eq!(simulator.webhooks().attempts().len(), 1);
    assert_eq!(events(&host, 1).await.len(), 100);
}

#[tokio::test]
async fn every_answer_but_2xx_is_tried_again_for_a_day() {
    let host = Host::start(&[400, 404, 500, 302, 429, 503, 410, 401, 422, 500]).await;
    let hook = EventWebhookConfig::new(&host.url);
    let config = SimulatorConfig::sendgrid(SendgridConfig::with_key(KEY).webhook(hook));
    let simulator = start_with(config.speed(1_000_000.0)).await;
    send(&simulator, request(json!({}))).await;
    in_time("giving up", simulator.webhooks().settled()).await;
    let attempts = simulator.webhooks().attempts();
    assert_eq!(attempts.len(), 10);
    assert!(
        attempts
            .iter()
            .all(|it| matches!(it.outcome, WebhookOutcome::Retried { .. }))
    );
    let lasted = attempts[9].at.duration_since(attempts[0].at);
    assert!(lasted.as_hours() >= 23, "{lasted}");
    let bodies = host.bodies(10).await;
    assert!(bodies.iter().all(|body| *body == bodies[0]));
}

#[tokio::test]
async fn events_are_doubled_and_overtake_each_other() {
    let host = Host::start(&[]).await;
    let hook = EventWebhookConfig::new(&host.url).events(["delivered"]);
    let config = SimulatorConfig::sendgrid(SendgridConfig::with_key(KEY).webhook(hook));
    let simulator = start_with(config.seed(3).speed(10.0)).await;
    simulator
        .webhooks()
        .disturb(Disorder::new(1.0, Duration::from_secs(3)));
    let all: Vec<Value> = (10..30)
        .map(|it| to(&format!("p{it}@example.com")))
        .collect();
    send(&simulator, request(json!({ "personalizations": all }))).await;
    in_time("the end", simulator.webhooks().settled()).await;
    let posted = simulator.webhooks().attempts().len();
    let received = events(&host, posted).await;
    assert_eq!(received.len(), 40);
    let mut copies: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for event in &received {
        let id = event["sg_event_id"].as_str().unwrap();
        copies.entry(id).or_default().insert(event.to_string());
    }
    assert_eq!(copies.len(), 20);
    assert!(copies.values().all(|copies| copies.len() == 1));
    let order: Vec<&str> = received
        .iter()
        .map(|it| it["email"].as_str().unwrap())
        .collect();
    assert!(!order.is_sorted(), "{order:?}");
}

#[tokio::test]
async fn a_mail_for_later_is_accepted_now_and_delivered_then() {
    let host = Host::start(&[]).await;
    let hook = EventWebhookConfig::new(&host.url);
    let config = SimulatorConfig::sendgrid(SendgridConfig::with_key(KEY).webhook(hook)).speed(0.0);
    let simulator = start_with(config).await;
    let at = simulator.clock().now().as_second() + 3600;
    send(&simulator, request(json!({ "send_at": at }))).await;
    assert_eq!(simulator.ledger().accepted(), 1);
    assert!(simulator.mailbox("ann@example.com").is_empty());
    simulator.clock().advance(Duration::from_secs(3601));
    let events = events(&host, 1).await;
    assert_eq!(
        (kinds(&events), &events[0]["send_at"]),
        (vec!["processed", "delivered"], &json!(at))
    );
    assert_eq!(simulator.mailbox("ann@example.com").len(), 1);
}
