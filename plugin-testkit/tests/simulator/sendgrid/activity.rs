//! The Email Activity search: bought or not, late, and by query.

use std::time::Duration;

use plugin_testkit::simulator::{
    RecipientAction, RunningSimulator, SendgridConfig, SimulatorConfig, Trigger, UnsubscribeGroup,
};
use serde_json::{Value, json};

use super::common::{Answer, KEY, get, request, send, start, start_as, to};
use crate::common::start_with;

async fn bought() -> RunningSimulator {
    let config = SendgridConfig::with_key(KEY).group(UnsubscribeGroup::new(7, "News"));
    start_as(config.email_activity(Duration::ZERO)).await
}

async fn search(simulator: &RunningSimulator, query: &str, more: &str) -> Answer {
    let mut url: reqwest::Url = "http://s/v3/messages".parse().unwrap();
    url.query_pairs_mut().append_pair("query", query);
    get(
        simulator,
        &format!("{}?{}{more}", url.path(), url.query().unwrap()),
    )
    .await
}

async fn found(simulator: &RunningSimulator, query: &str) -> Vec<String> {
    let answer = search(simulator, query, "&limit=1000").await;
    assert_eq!(answer.status, 200, "{query} {answer:?}");
    let rows = answer.body["messages"].as_array().unwrap();
    let mut people: Vec<String> = rows
        .iter()
        .map(|it| it["to_email"].as_str().unwrap().to_owned())
        .collect();
    people.sort();
    people
}

#[tokio::test]
async fn an_account_that_has_not_bought_it_is_refused() {
    let simulator = start().await;
    send(&simulator, request(json!({}))).await;
    for path in ["/v3/messages?limit=10", "/v3/messages/x"] {
        let answer = get(&simulator, path).await;
        assert_eq!((answer.status, answer.fields()), (403, vec!["null"]));
    }
}

#[tokio::test]
async fn messages_show_after_the_indexing_delay() {
    let config = SendgridConfig::with_key(KEY).email_activity(Duration::from_secs(60));
    let simulator = start_with(SimulatorConfig::sendgrid(config).speed(0.0)).await;
    let mail = request(json!({ "custom_args": { "TrackingId": "t-1" } }));
    send(&simulator, mail).await;
    let query = "unique_args['TrackingId']=\"t-1\"";
    assert!(found(&simulator, query).await.is_empty());
    simulator.clock().advance(Duration::from_secs(59));
    assert!(found(&simulator, query).await.is_empty());
    simulator.clock().advance(Duration::from_secs(1));
    assert_eq!(found(&simulator, query).await, ["ann@example.com"]);
    assert!(
        found(&simulator, "unique_args['TrackingId']=\"t-2\"")
            .await
            .is_empty()
    );
    assert!(
        found(&simulator, "unique_args['Other']=\"t-1\"")
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn a_row_stands_for_one_recipient_and_leads_to_details() {
    let simulator = bought().await;
    let own = json!([{ "to": [{ "email": "ann@example.com" }], "cc": [{ "email": "bounce@event-testing.sendgrid.net" }],
                       "custom_args": { "TrackingId": "t-1" } }]);
    let id = send(
        &simulator,
        request(json!({ "personalizations": own, "categories": ["c"], "asm": { "group_id": 7 } })),
    )
    .await;
    let rows = search(&simulator, "unique_args['TrackingId']=\"t-1\"", "")
        .await
        .body["messages"]
        .clone();
    let bounced = "bounce@event-testing.sendgrid.net";
    let row = |email: &str| {
        let rows = rows.as_array().unwrap();
        assert_eq!(rows.len(), 2);
        rows.iter().find(|it| it["to_email"] == email).unwrap()
    };
    assert_eq!(row("ann@example.com")["status"], "delivered");
    assert_eq!(row(bounced)["status"], "not_delivered");
    let message_id = row(bounced)["msg_id"].as_str().unwrap();
    assert_eq!(message_id.split('.').next(), Some(id.as_str()));
    for field in [
        "from_email",
        "subject",
        "opens_count",
        "clicks_count",
        "last_event_time",
    ] {
        assert!(
            rows[0].get(field).is_some_and(|it| !it.is_null()),
            "{field}"
        );
    }
    let details = get(&simulator, &format!("/v3/messages/{message_id}"))
        .await
        .body;
    assert_eq!(details["unique_args"], json!({ "TrackingId": "t-1" }));
    assert_eq!(
        (&details["categories"], &details["asm_group_id"]),
        (&json!(["c"]), &json!(7))
    );
    let events: Vec<&str> = details["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["event_name"].as_str().unwrap())
        .collect();
    assert_eq!(events, ["processed", "bounced"]);
    assert_eq!(details["events"][1]["bounce_type"], "hard");
    assert_eq!(get(&simulator, "/v3/messages/unknown").await.status, 404);
}

#[tokio::test]
async fn queries_compare_combine_and_negate() {
    let simulator = bought().await;
    let mail = |email: &str, subject: &str, change: Value| {
        let mut mail = request(json!({ "personalizations": [to(email)], "subject": subject }));
        for (field, value) in change.as_object().unwrap() {
            mail[field] = value.clone();
        }
        mail
    };
    let html = json!([{ "type": "text/html", "value": "<a href=\"https://example.com\">x</a>" }]);
    let id = send(
        &simulator,
        mail(
            "ann@example.com",
            "One \"big\" offer",
            json!({ "content": html, "categories": ["x", "y"] }),
        ),
    )
    .await;
    send(
        &simulator,
        mail(
            "bob@example.com",
            "Two",
            json!({ "from": { "email": "b@example.com" }, "asm": { "group_id": 7 } }),
        ),
    )
    .await;
    send(
        &simulator,
        mail("blocked@event-testing.sendgrid.net", "Three", json!({})),
    )
    .await;
    let action = RecipientAction::Click { link: None };
    simulator
        .trigger(&Trigger {
            message_id: id.clone(),
            recipient: None,
            action,
        })
        .unwrap();
    let now = simulator.clock().now();
    let time = |seconds: i64| jiff::Timestamp::from_second(now.as_second() + seconds).unwrap();
    let (before, after) = (time(-60), time(60));
    let (ann, bob, blocked) = (
        "ann@example.com",
        "bob@example.com",
        "blocked@event-testing.sendgrid.net",
    );
    for (query, expected) in [
        ("", vec![ann, blocked, bob]),
        ("to_email=\"ann@example.com\"", vec![ann]),
        ("to_email LIKE \"%@Example.com\"", vec![ann, bob]),
        ("to_email NOT LIKE '%@example.com'", vec![blocked]),
        ("subject=\"One \\\"big\\\" offer\"", vec![ann]),
        ("status=\"delivered\" AND subject!=\"Two\"", vec![ann]),
        (
            "status=\"not_delivered\" OR from_email=\"b@example.com\"",
            vec![blocked, bob],
        ),
        (
            "(status=\"delivered\" AND NOT (to_email=\"bob@example.com\"))",
            vec![ann],
        ),
        ("subject IN (\"Two\", \"Three\")", vec![blocked, bob]),
        ("Contains(categories, \"y\")", vec![ann]),
        ("Contains(events,\"bounced\")", vec![blocked]),
        ("clicks>0", vec![ann]),
        ("asm_group_id = 7", vec![bob]),
        ("asm_group_id IS NULL", vec![ann, blocked]),
        ("asm_group_id IS NOT NULL", vec![bob]),
        (
            &format!("last_event_time BETWEEN TIMESTAMP \"{before}\" AND TIMESTAMP \"{after}\""),
            vec![ann, blocked, bob],
        ),
        (&format!("last_event_time > TIMESTAMP \"{after}\""), vec![]),
        (&format!("msg_id LIKE \"{id}%\""), vec![ann]),
    ] {
        assert_eq!(found(&simulator, query).await, expected, "{query}");
    }
    let wrong = search(&simulator, "bad_field=\"x\"", "").await;
    assert_eq!(
        (wrong.status, wrong.message()),
        (400, "invalid syntax: 'bad_field' is not a known field")
    );
}

#[tokio::test]
async fn the_newest_come_first_and_ten_unless_asked_otherwise() {
    let simulator = bought().await;
    for number in 0..12 {
        send(
            &simulator,
            request(json!({ "subject": format!("s{number}") })),
        )
        .await;
    }
    let messages = async |more: &str| {
        get(&simulator, &format!("/v3/messages{more}")).await.body["messages"]
            .as_array()
            .map(Vec::len)
    };
    assert_eq!(messages("").await, Some(10));
    assert_eq!(messages("?limit=12").await, Some(12));
    for wrong in ["?limit=0", "?limit=1001", "?limit=x"] {
        assert_eq!(
            get(&simulator, &format!("/v3/messages{wrong}"))
                .await
                .status,
            400
        );
    }
}
