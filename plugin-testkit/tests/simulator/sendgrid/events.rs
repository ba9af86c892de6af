//! Events as the host gets them: their fields, and what they change.

use plugin_testkit::simulator::{
    EventWebhookConfig, Fault, FaultRule, RecipientAction, RunningSimulator, SendgridConfig,
    Trigger, TriggerError, WebhookOutcome,
};
use serde_json::{Value, json};

use super::common::{KEY, get, request, send, start_as, to};
use crate::common::in_time;
use crate::host::Host;

async fn with_hook(hook: EventWebhookConfig) -> RunningSimulator {
    start_as(SendgridConfig::with_key(KEY).webhook(hook)).await
}

/// The events of the first so many requests.
pub(crate) async fn events(host: &Host, requests: usize) -> Vec<Value> {
    let bodies = host.bodies(requests).await;
    bodies
        .iter()
        .flat_map(|body| body.as_array().unwrap().clone())
        .collect()
}

pub(crate) fn kinds(events: &[Value]) -> Vec<&str> {
    events
        .iter()
        .map(|it| it["event"].as_str().unwrap())
        .collect()
}

fn act(
    simulator: &RunningSimulator,
    id: &str,
    action: RecipientAction,
) -> Result<(), TriggerError> {
    simulator.trigger(&Trigger {
        message_id: id.to_owned(),
        recipient: None,
        action,
    })
}

fn testing(kind: &str) -> Value {
    request(json!({ "personalizations": [to(&format!("{kind}@event-testing.sendgrid.net"))] }))
}

#[tokio::test]
async fn events_have_the_documented_fields_and_the_senders_own_flat_beside_them() {
    let host = Host::start(&[]).await;
    let simulator = with_hook(EventWebhookConfig::new(&host.url)).await;
    let mail = request(json!({
        "categories": ["one"],
        "custom_args": { "TrackingId": "t-1", "email": "in the way", "lead": "7" },
    }));
    let id = send(&simulator, mail).await;
    let events = events(&host, 1).await;
    assert_eq!(kinds(&events), ["processed", "delivered"]);
    for event in &events {
        assert_eq!(event["email"], "ann@example.com");
        assert!(event["timestamp"].as_i64().unwrap() > 1_700_000_000);
        let message_id = event["sg_message_id"].as_str().unwrap();
        assert_eq!(message_id.split('.').next(), Some(id.as_str()));
        assert!(event["smtp-id"].as_str().unwrap().starts_with('<'));
        assert_eq!(
            (&event["TrackingId"], &event["lead"]),
            (&json!("t-1"), &json!("7"))
        );
        assert_eq!(event["category"], "one");
    }
    assert_ne!(events[0]["sg_event_id"], events[1]["sg_event_id"]);
    assert_eq!(events[1]["response"], "250 2.0.0 OK");
    in_time("the end", simulator.webhooks().settled()).await;
    let attempt = simulator.webhooks().attempts().remove(0);
    assert_eq!(
        (attempt.event.as_str(), attempt.outcome),
        (
            "processed,delivered",
            WebhookOutcome::Delivered { status: 200 }
        )
    );
    let headers = host.received(1).await.remove(0).0;
    assert!(
        !headers
            .keys()
            .any(|name| name.as_str().starts_with("x-pm") || name.as_str().starts_with("x-twilio"))
    );
}

#[tokio::test]
async fn several_categories_come_as_a_list() {
    let host = Host::start(&[]).await;
    let simulator = with_hook(EventWebhookConfig::new(&host.url)).await;
    send(&simulator, request(json!({ "categories": ["one", "two"] }))).await;
    assert_eq!(events(&host, 1).await[0]["category"], json!(["one", "two"]));
}

#[tokio::test]
async fn testing_addresses_bounce_block_defer_complain_and_are_invalid() {
    let host = Host::start(&[]).await;
    let simulator = with_hook(EventWebhookConfig::new(&host.url)).await;
    let expected: [(&str, &[&str], &str); 5] = [
        ("bounce", &["processed", "bounce"], "bounces"),
        ("blocked", &["processed", "bounce"], "blocks"),
        ("deferred", &["processed", "deferred", "delivered"], ""),
        ("invalid", &["dropped"], "invalid_emails"),
        (
            "spamreport",
            &["processed", "delivered", "spamreport"],
            "spam_reports",
        ),
    ];
    for (place, (kind, wanted, list)) in expected.into_iter().enumerate() {
        send(&simulator, testing(kind)).await;
        let all = host.bodies(place + 1).await;
        let these = all[place].as_array().unwrap();
        assert_eq!(kinds(these), wanted);
        if !list.is_empty() {
            let listed = get(&simulator, &format!("/v3/suppression/{list}"))
                .await
                .body;
            assert_eq!(
                listed[0]["email"],
                format!("{kind}@event-testing.sendgrid.net")
            );
        }
        let last = &these[these.len() - 1];
        match kind {
            "bounce" => assert_eq!(
                (&last["type"], &last["status"]),
                (&json!("bounce"), &json!("5.1.1"))
            ),
            "blocked" => assert_eq!(
                (&last["type"], &last["status"]),
                (&json!("blocked"), &json!("4.7.0"))
            ),
            "deferred" => assert_eq!(these[1]["attempt"], "1"),
            "invalid" => assert_eq!(last["reason"], "Invalid"),
            _ => assert_eq!(last.get("smtp-id"), None),
        }
    }
}

#[tokio::test]
async fn the_next_mail_to_a_suppressed_address_is_dropped_after_the_acceptance() {
    let host = Host::start(&[]).await;
    let simulator = with_hook(EventWebhookConfig::new(&host.url).events(["dropped"])).await;
    for kind in ["bounce", "spamreport", "blocked"] {
        send(&simulator, testing(kind)).await;
        send(&simulator, testing(kind)).await;
    }
    let dropped = events(&host, 2).await;
    let mut reasons: Vec<&str> = dropped
        .iter()
        .map(|it| it["reason"].as_str().unwrap())
        .collect();
    // Requests may overtake each other.
    reasons.sort_unstable();
    assert_eq!(reasons, ["Bounced Address", "Spam Reporting Address"]);
    let entries = simulator.ledger().entries();
    assert_eq!(entries.len(), 6);
    assert_eq!(
        (entries[1].recipients.len(), entries[1].suppressed.len()),
        (0, 1)
    );
    // A block was that one mail's.
    assert_eq!(
        (entries[5].recipients.len(), entries[5].suppressed.len()),
        (1, 0)
    );
    let bypass = json!({ "bypass_list_management": { "enable": true } });
    let mut mail = testing("bounce");
    mail["mail_settings"] = bypass;
    send(&simulator, mail).await;
    assert_eq!(simulator.ledger().entries()[6].suppressed.len(), 0);
}

#[tokio::test]
async fn faults_that_concern_delivery_show_as_events() {
    let host = Host::start(&[]).await;
    let simulator = with_hook(EventWebhookConfig::new(&host.url)).await;
    simulator
        .faults()
        .add(FaultRule::new(Fault::Delayed {}).times(1));
    let wording = plugin_testkit::simulator::InactiveWording::default();
    simulator
        .faults()
        .add(FaultRule::new(Fault::Inactive { wording }).times(1));
    send(&simulator, request(json!({}))).await;
    send(&simulator, request(json!({}))).await;
    let bodies = host.bodies(2).await;
    let mut courses: Vec<Vec<&str>> = bodies
        .iter()
        .map(|it| kinds(it.as_array().unwrap()))
        .collect();
    // Requests may overtake each other.
    courses.sort();
    assert_eq!(courses[0], ["dropped"]);
    assert_eq!(courses[1], ["processed", "deferred", "delivered"]);
}

#[tokio::test]
async fn recipients_open_click_complain_and_bounce_late() {
    let host = Host::start(&[]).await;
    let hook = EventWebhookConfig::new(&host.url).events(["open", "click", "spamreport", "bounce"]);
    let simulator = with_hook(hook).await;
    let html = json!([{ "type": "text/html", "value": "<a href=\"https://example.com/x\">x</a>" }]);
    let id = send(
        &simulator,
        request(json!({ "content": html, "custom_args": { "TrackingId": "T-9" } })),
    )
    .await;
    act(&simulator, &id, RecipientAction::Open).unwrap();
    act(&simulator, "t-9", RecipientAction::Click { link: None }).unwrap();
    act(&simulator, &id, RecipientAction::Complain).unwrap();
    let kind = Some("blocked".to_owned());
    act(&simulator, &id, RecipientAction::Bounce { kind }).unwrap();
    let mut all = events(&host, 4).await;
    all.sort_by_key(|it| it["event"].as_str().unwrap().to_owned());
    assert_eq!(kinds(&all), ["bounce", "click", "open", "spamreport"]);
    assert_eq!(all[1]["url"], "https://example.com/x");
    assert!(all[2]["useragent"].is_string() && all[2]["ip"].is_string());
    let kind = Some("strange".to_owned());
    assert!(matches!(
        act(&simulator, &id, RecipientAction::Bounce { kind }),
        Err(TriggerError::NotTracked(_))
    ));
    assert!(matches!(
        act(&simulator, "nothing", RecipientAction::Open),
        Err(TriggerError::UnknownMessage(_))
    ));
    assert!(matches!(
        act(&simulator, &id, RecipientAction::Unsubscribe),
        Err(TriggerError::NotTracked(_))
    ));
}

#[tokio::test]
async fn what_is_not_tracked_is_not_noticed() {
    let simulator = start_as(SendgridConfig::with_key(KEY).tracking(false, false)).await;
    let html = json!([{ "type": "text/html", "value": "<a href=\"https://example.com/x\">x</a>" }]);
    let id = send(&simulator, request(json!({ "content": html.clone() }))).await;
    assert!(act(&simulator, &id, RecipientAction::Open).is_err());
    assert!(act(&simulator, &id, RecipientAction::Click { link: None }).is_err());
    let on = json!({ "open_tracking": { "enable": true }, "click_tracking": { "enable": true } });
    let id = send(
        &simulator,
        request(json!({ "content": html, "tracking_settings": on })),
    )
    .await;
    act(&simulator, &id, RecipientAction::Open).unwrap();
    act(&simulator, &id, RecipientAction::Click { link: None }).unwrap();
    let text = send(&simulator, request(json!({}))).await;
    assert!(act(&simulator, &text, RecipientAction::Open).is_err());
}
