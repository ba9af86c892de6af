//! Search, details, dump, bounces and statistics.

use std::time::Duration;

use plugin_testkit::simulator::{
    PostmarkConfig, RecipientAction, RunningSimulator, SimulatorConfig, Trigger,
};
use serde_json::{Value, json};

use crate::common::{TOKEN, get, message, post, send, start, start_with};

async fn found(simulator: &RunningSimulator, filter: &str) -> Vec<Value> {
    let answer = get(
        simulator,
        &format!("/messages/outbound?count=500&offset=0{filter}"),
    )
    .await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let messages = answer.body["Messages"].as_array().unwrap().clone();
    assert_eq!(answer.body["TotalCount"], messages.len());
    messages
}

/// A simulator whose clock stands at a given time.
async fn standing_at(time: &str, indexing_delay: Duration) -> RunningSimulator {
    let postmark = PostmarkConfig::with_token(TOKEN).indexing_delay(indexing_delay);
    let config = SimulatorConfig::postmark(postmark)
        .speed(0.0)
        .started_at(time.parse().unwrap());
    start_with(config).await
}

#[tokio::test]
async fn messages_are_found_by_every_filter_in_any_letter_case() {
    let simulator = start().await;
    let id = send(
        &simulator,
        message(json!({
            "From": "Sales <Sales@Example.com>", "To": "Ann <Ann@example.com>", "Bcc": "bob@example.com",
            "Tag": "welcome", "Subject": "Your Request",
            "Metadata": { "TrackingId": "A-1", "LeadUID": "L" },
        })),
    )
    .await;
    send(&simulator, message(json!({ "To": "other@example.com" }))).await;
    for filter in [
        "&recipient=ann@example.com",
        "&Recipient=BOB@example.com",
        "&fromemail=sales@example.com&tag=welcome",
        "&FromEmail=sales@example.com&TAG=welcome",
        "&subject=your+request",
        "&metadata_TrackingId=A-1",
        "&METADATA_trackingid=A-1",
        "&status=sent&tag=welcome",
        "&status=Processed&tag=welcome&recipient=",
    ] {
        let messages = found(&simulator, filter).await;
        assert_eq!(messages.len(), 1, "{filter}");
        assert_eq!(messages[0]["MessageID"], id.as_str());
    }
    for filter in [
        "&recipient=nobody@example.com",
        "&tag=Welcome",
        "&metadata_TrackingId=A",
        "&status=queued",
    ] {
        assert!(found(&simulator, filter).await.is_empty(), "{filter}");
    }
}

#[tokio::test]
async fn a_found_message_has_all_its_fields() {
    let simulator = start().await;
    let attachment =
        json!({ "Name": "offer.pdf", "Content": "JVBERi0=", "ContentType": "application/pdf" });
    let fields = json!({
        "To": "\"Lee, Ann\" <ann@example.com>", "Cc": "c@example.com", "Bcc": "b@example.com", "TrackOpens": true,
        "TrackLinks": "HtmlOnly", "Attachments": [attachment], "Metadata": { "TrackingId": "T" }, "HtmlBody": "<p>x</p>",
    });
    send(&simulator, message(fields)).await;
    let found = found(&simulator, "").await.remove(0);
    assert_eq!(
        found["To"],
        json!([{ "Email": "ann@example.com", "Name": "Lee, Ann" }])
    );
    assert_eq!(
        found["Cc"],
        json!([{ "Email": "c@example.com", "Name": null }])
    );
    assert_eq!(found["Bcc"][0]["Email"], "b@example.com");
    assert_eq!(
        found["Recipients"],
        json!(["ann@example.com", "c@example.com", "b@example.com"])
    );
    assert_eq!(found["Attachments"], json!(["offer.pdf"]));
    assert_eq!(
        (&found["Status"], &found["TrackOpens"], &found["TrackLinks"]),
        (&json!("Sent"), &json!(true), &json!("HtmlOnly"))
    );
    assert_eq!(
        (&found["Metadata"], &found["Sandboxed"]),
        (&json!({ "TrackingId": "T" }), &json!(false))
    );
    assert_eq!(
        (&found["MessageStream"], &found["Tag"]),
        (&json!("outbound"), &json!(null))
    );
}

#[tokio::test]
async fn search_looks_into_one_stream_newest_first() {
    let simulator = start().await;
    let first = send(&simulator, message(json!({}))).await;
    let second = send(&simulator, message(json!({}))).await;
    let other = send(&simulator, message(json!({ "MessageStream": "broadcast" }))).await;
    let ids = async |filter: &str| -> Vec<String> {
        let messages = found(&simulator, filter).await;
        messages
            .iter()
            .map(|it| it["MessageID"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(ids("").await, [second.clone(), first.clone()]);
    assert_eq!(ids("&messagestream=broadcast").await, [other]);
    let page = get(&simulator, "/messages/outbound?count=1&offset=1")
        .await
        .body;
    assert_eq!(
        (&page["TotalCount"], &page["Messages"][0]["MessageID"]),
        (&json!(2), &json!(first))
    );
    assert_eq!(
        get(
            &simulator,
            "/messages/outbound?count=1&offset=0&messagestream=nowhere"
        )
        .await
        .refusal(),
        (422, 1235)
    );
}

#[tokio::test]
async fn count_and_offset_have_their_limits() {
    let simulator = start().await;
    for query in [
        "",
        "?count=10",
        "?offset=0",
        "?count=0&offset=0",
        "?count=501&offset=0",
        "?count=500&offset=9501",
        "?count=x&offset=0",
        "?count=1&offset=-1",
        "?count=1&offset=0&status=lost",
        "?count=1&offset=0&fromdate=monday",
    ] {
        assert_eq!(
            get(&simulator, &format!("/messages/outbound{query}"))
                .await
                .refusal(),
            (422, 700),
            "{query}"
        );
    }
    assert_eq!(
        get(&simulator, "/messages/outbound?COUNT=500&Offset=9500")
            .await
            .status,
        200
    );
    assert_eq!(
        get(&simulator, "/bounces?count=501&offset=0")
            .await
            .refusal(),
        (422, 1000)
    );
}

#[tokio::test]
async fn a_message_is_invisible_until_it_is_indexed() {
    let simulator = standing_at("2026-03-02T12:00:00Z", Duration::from_secs(30)).await;
    let id = send(
        &simulator,
        message(json!({ "Metadata": { "TrackingId": "T" } })),
    )
    .await;
    let details = format!("/messages/outbound/{id}/details");
    assert!(found(&simulator, "&metadata_TrackingId=T").await.is_empty());
    assert_eq!(get(&simulator, &details).await.refusal(), (422, 701));
    simulator.clock().advance(Duration::from_secs(29));
    assert!(found(&simulator, "").await.is_empty());
    post(&simulator, "/_control/clock", json!({ "advance_ms": 1000 })).await;
    assert_eq!(found(&simulator, "&metadata_TrackingId=T").await.len(), 1);
    assert_eq!(get(&simulator, &details).await.status, 200);
    assert_eq!(
        get(&simulator, "/_control/clock").await.body["now"],
        "2026-03-02T12:00:30Z"
    );
}

#[tokio::test]
async fn dates_are_eastern_days() {
    // 03:30 UTC is still the evening before in New York.
    let simulator = standing_at("2026-03-02T03:30:00Z", Duration::ZERO).await;
    send(&simulator, message(json!({}))).await;
    assert_eq!(
        found(&simulator, "&fromdate=2026-03-01&todate=2026-03-01")
            .await
            .len(),
        1
    );
    assert_eq!(found(&simulator, "&fromdate=2026-03-02").await.len(), 0);
    assert_eq!(found(&simulator, "&todate=2026-02-28").await.len(), 0);
    assert_eq!(
        found(
            &simulator,
            "&fromdate=2026-03-01T22:30:00&todate=2026-03-01T22:30:00"
        )
        .await
        .len(),
        1
    );
    assert_eq!(
        found(&simulator, "&fromdate=2026-03-01T22:30:01")
            .await
            .len(),
        0
    );
    let received = found(&simulator, "").await[0]["ReceivedAt"].clone();
    assert_eq!(received, "2026-03-01T22:30:00.0000000-05:00");
}

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
