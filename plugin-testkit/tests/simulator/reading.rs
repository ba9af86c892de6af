//! Details, dumps, bounces and statistics.

use plugin_testkit::simulator::{PostmarkConfig, RecipientAction, SimulatorConfig, Trigger};
use serde_json::json;

use crate::common::{TOKEN, get, message, send, start, start_with};
use crate::search::found;

#[tokio::test]
async fn details_tell_the_story_of_each_recipient() {
    let simulator = start().await;
    let people = json!({
        "To": "ann@example.com, gone@bounce-testing.postmarkapp.com", "HtmlBody": "<a href=\"https://example.com/x\">x</a>",
        "TrackOpens": true, "TrackLinks": "HtmlAndText",
    });
    let id = send(&simulator, message(people)).await;
    for action in [
        RecipientAction::Open,
        RecipientAction::Click { link: None },
        RecipientAction::Unsubscribe,
    ] {
        let recipient = Some("ann@example.com".into());
        simulator
            .trigger(&Trigger {
                message_id: id.clone(),
                recipient,
                action,
            })
            .unwrap();
    }
    let details = get(&simulator, &format!("/messages/outbound/{id}/details"))
        .await
        .body;
    let events = details["MessageEvents"].as_array().unwrap();
    let story: Vec<&str> = events
        .iter()
        .map(|it| it["Type"].as_str().unwrap())
        .collect();
    assert_eq!(
        story,
        [
            "Delivered",
            "Bounced",
            "Opened",
            "LinkClicked",
            "SubscriptionChanged"
        ]
    );
    assert_eq!(events[0]["Details"]["DeliveryMessage"], "smtp;250 2.0.0 OK");
    assert_eq!(events[3]["Details"]["Link"], "https://example.com/x");
    assert_eq!(
        events[4]["Details"],
        json!({ "Origin": "Recipient", "SuppressSending": "True" })
    );
    assert_eq!(
        (&details["TextBody"], &details["Subject"]),
        (&json!("Hello Ann"), &json!("Hello"))
    );
    let dump = get(&simulator, &format!("/messages/outbound/{id}/dump"))
        .await
        .body;
    assert!(
        dump["Body"]
            .as_str()
            .unwrap()
            .contains(&format!("X-PM-Message-Id: {id}"))
    );
    let bounce = events[1]["Details"]["BounceID"].as_str().unwrap();
    let bounce = get(&simulator, &format!("/bounces/{bounce}")).await.body;
    assert_eq!(
        (&bounce["Type"], &bounce["MessageID"]),
        (&json!("HardBounce"), &json!(id))
    );
    assert!(bounce["Content"].is_string());
}

#[tokio::test]
async fn unknown_ids_are_refused_by_number() {
    let simulator = start().await;
    for path in ["details", "dump"] {
        for id in ["5f0f6d4e-2a53-4c64-9d0c-0e6a4a1d7a10", "rubbish"] {
            assert_eq!(
                get(&simulator, &format!("/messages/outbound/{id}/{path}"))
                    .await
                    .refusal(),
                (422, 701)
            );
        }
    }
    assert_eq!(get(&simulator, "/bounces/7").await.refusal(), (422, 1001));
    assert_eq!(
        get(&simulator, "/bounces/x/dump").await.refusal(),
        (400, 1002)
    );
}

#[tokio::test]
async fn delivery_statistics_count_bounces_by_kind() {
    let simulator = start().await;
    for local in ["hardbounce", "softbounce", "softbounce"] {
        send(
            &simulator,
            message(json!({ "To": format!("{local}@bounce-testing.postmarkapp.com") })),
        )
        .await;
    }
    let stats = get(&simulator, "/deliverystats").await.body;
    assert_eq!(stats["InactiveMails"], 1);
    assert_eq!(stats["Bounces"][0], json!({ "Name": "All", "Count": 3 }));
    assert_eq!(
        stats["Bounces"][2],
        json!({ "Type": "SoftBounce", "Name": "Soft bounce", "Count": 2 })
    );
}

#[tokio::test]
async fn servers_see_only_their_own_messages() {
    let other = "99999999-2222-4333-8444-555555555555";
    let postmark = PostmarkConfig::with_token(TOKEN).server(
        plugin_testkit::simulator::ServerConfig::new(other)
            .name("second")
            .sandbox(),
    );
    let simulator = start_with(SimulatorConfig::postmark(postmark)).await;
    let body = Some(message(json!({})));
    let answer =
        crate::common::call_as(&simulator, other, reqwest::Method::POST, "/email", body).await;
    let id = answer.body["MessageID"].as_str().unwrap();
    assert!(found(&simulator, "").await.is_empty());
    assert_eq!(
        get(&simulator, &format!("/messages/outbound/{id}/details"))
            .await
            .refusal(),
        (422, 701)
    );
    let path = "/messages/outbound?count=1&offset=0";
    let theirs = crate::common::call_as(&simulator, other, reqwest::Method::GET, path, None).await;
    assert_eq!(theirs.body["Messages"][0]["Sandboxed"], true);
    assert_eq!(simulator.ledger().entries()[0].account, "second");
    assert!(
        simulator.mailbox("ann@example.com").is_empty(),
        "a sandbox delivers to nobody"
    );
}
