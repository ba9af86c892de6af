//! Message search: filters, pages, streams, days, and the delay before a message shows up.

use std::time::Duration;

use plugin_testkit::simulator::{PostmarkConfig, RunningSimulator, SimulatorConfig};
use serde_json::{Value, json};

use crate::common::{TOKEN, get, message, post, send, start, start_with};

/// All messages of a search.
pub(crate) async fn found(simulator: &RunningSimulator, filter: &str) -> Vec<Value> {
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
