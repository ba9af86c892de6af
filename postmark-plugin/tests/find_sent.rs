//! Settling doubts: what is found, what is absent, and what nobody knows.

use std::time::Duration;

use plugin_api::serde_json::{Value, json};
use plugin_api::{
    CallContext, Capability, EmailProvider as _, Lookup, RecipientOutcome, SendErrorKind,
    SentQuery, Timestamp,
};
use plugin_testkit::simulator::{Fault, FaultRule, PostmarkConfig, RunningSimulator};

use crate::common::wire::{Step, Wire, answer_with, json as answer};
use crate::common::{
    TOKEN, blank, context, id, in_time, mailbox, numbered, plugin, plugin_with, simulator,
    simulator_with,
};

const HOUR: Duration = Duration::from_secs(3600);

/// An attempt that began a minute ago and ended half a minute ago.
fn query(number: u128) -> SentQuery {
    let ago = |seconds| Timestamp::now() - Duration::from_secs(seconds);
    SentQuery::new(id(number), ago(60), ago(45))
}

/// Sends under this number and hears nothing, though the message was accepted.
async fn send_into_doubt(simulator: &RunningSimulator, number: u128) {
    let rule = FaultRule::new(Fault::DropAfterAccept {})
        .path("/email")
        .times(1);
    simulator.faults().add(rule);
    let plugin = plugin(&simulator.base_url());
    let error = plugin
        .send(&numbered(number), &context())
        .await
        .unwrap_err();
    assert_eq!(error.kind, SendErrorKind::InDoubt);
}

fn found(lookup: &Lookup) -> &plugin_api::Receipt {
    match lookup {
        Lookup::Found(receipt) => receipt,
        other => panic!("{other:?}"),
    }
}

fn assert_absent(lookup: &Lookup) {
    assert!(matches!(lookup, Lookup::Absent { .. }), "{lookup:?}");
}

#[tokio::test]
async fn a_message_whose_answer_was_lost_is_found_with_its_real_id() {
    let simulator = simulator().await;
    send_into_doubt(&simulator, 7).await;
    let plugin = plugin(&simulator.base_url());
    let lookups = plugin.find_sent(&[query(8), query(7)], &context()).await;
    assert_absent(&lookups[0]);
    let entry = &simulator.ledger().entries()[0];
    assert_eq!(found(&lookups[1]).id.as_str(), entry.message_id);
    assert!(found(&lookups[1]).duplicates.is_empty());
}

#[tokio::test]
async fn many_are_found_in_one_window_of_their_stream() {
    let simulator = simulator().await;
    let plugin = plugin(&simulator.base_url());
    let messages: Vec<_> = (0..20).map(numbered).collect();
    for outcome in plugin.send_batch(&messages, &context()).await {
        outcome.unwrap();
    }
    let before = simulator.ledger().counts().requests;
    let queries: Vec<_> = (0..20).map(query).collect();
    let lookups = plugin.find_sent(&queries, &context()).await;
    for (entry, lookup) in simulator.ledger().entries().iter().zip(&lookups) {
        assert_eq!(found(lookup).id.as_str(), entry.message_id);
    }
    // One for the bound, one for the window.
    assert_eq!(simulator.ledger().counts().requests - before, 2);
}

#[tokio::test]
async fn each_stream_is_searched_for_its_own() {
    let simulator = simulator().await;
    let plugin = plugin(&simulator.base_url());
    let on = |stream: &str, number| {
        let builder = blank()
            .to(mailbox("ann@example.com"))
            .text_body("Hi")
            .stream(stream);
        builder.tracking_id(id(number)).build().unwrap()
    };
    plugin.send(&on("broadcast", 1), &context()).await.unwrap();
    plugin.send(&on("outbound", 2), &context()).await.unwrap();
    let at = |stream: Option<&str>, number| {
        let mut query = query(number);
        query.stream = stream.map(str::to_owned);
        query
    };
    let queries = [
        at(Some("broadcast"), 1),
        at(None, 2),
        at(Some("outbound"), 1),
        at(Some("no-such-stream"), 1),
    ];
    let lookups = plugin.find_sent(&queries, &context()).await;
    found(&lookups[0]);
    found(&lookups[1]);
    assert_absent(&lookups[2]);
    match &lookups[3] {
        Lookup::Unknown { why } => assert!(why.contains("stream"), "{why}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_message_sent_twice_is_found_with_its_duplicate() {
    let simulator = simulator().await;
    let plugin = plugin(&simulator.base_url());
    let first = plugin.send(&numbered(1), &context()).await.unwrap();
    let second = plugin.send(&numbered(1), &context()).await.unwrap();
    for queries in [vec![query(1)], (1..6).map(query).collect()] {
        let lookups = plugin.find_sent(&queries, &context()).await;
        let receipt = found(&lookups[0]);
        assert_eq!(receipt.id, first.id);
        assert_eq!(receipt.duplicates, std::slice::from_ref(&second.id));
    }
}

#[tokio::test]
async fn a_message_outside_the_window_is_found_by_its_id() {
    let simulator = simulator().await;
    let plugin = plugin(&simulator.base_url());
    plugin.send(&numbered(1), &context()).await.unwrap();
    // As by a host whose clock is ten hours slow.
    let slow = |number| {
        let mut query = query(number);
        query.attempted_at -= 10 * HOUR;
        query.deadline_at -= 10 * HOUR;
        query
    };
    let queries: Vec<_> = (1..5).map(slow).collect();
    let lookups = plugin.find_sent(&queries, &context()).await;
    found(&lookups[0]);
    lookups[1..].iter().for_each(assert_absent);
}

#[tokio::test]
async fn a_message_that_is_not_indexed_yet_is_absent_without_a_bound() {
    let config = PostmarkConfig::with_token(TOKEN).indexing_delay(HOUR);
    let simulator = simulator_with(config).await;
    let plugin = plugin(&simulator.base_url());
    plugin.send(&numbered(1), &context()).await.unwrap();
    let lookups = plugin.find_sent(&[query(1)], &context()).await;
    assert_eq!(
        lookups,
        [Lookup::Absent {
            indexed_through: None
        }]
    );
}

#[tokio::test]
async fn a_recipient_that_is_not_listed_with_the_message_is_unknown() {
    let simulator = simulator().await;
    let plugin = plugin(&simulator.base_url());
    plugin.send(&numbered(1), &context()).await.unwrap();
    let mut query = query(1);
    query.to = vec!["Ann@example.com".to_owned(), "bob@example.com".to_owned()];
    let lookups = plugin.find_sent(&[query], &context()).await;
    let recipients = &found(&lookups[0]).recipients;
    assert_eq!(recipients.len(), 1);
    assert_eq!(recipients[0].address, "bob@example.com");
    assert_eq!(recipients[0].outcome, RecipientOutcome::Unknown);
}

/// A page of a search, given at the real time.
fn page(total: usize, rows: &[Value]) -> Step {
    page_at(Timestamp::now(), total, rows)
}

fn page_at(date: Timestamp, total: usize, rows: &[Value]) -> Step {
    let date = plugin_api::jiff::fmt::rfc2822::DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&date)
        .unwrap();
    let body = json!({ "TotalCount": total, "Messages": rows }).to_string();
    answer_with(200, &format!("Date: {date}\r\n"), &body)
}

fn row(number: u128, received_at: Timestamp) -> Value {
    json!({
        "MessageID": id(number + (1 << 100)).to_string(),
        "Metadata": { "trackingid": id(number).to_string().to_uppercase() },
        "ReceivedAt": received_at.to_string(),
    })
}

async fn indexed_through(bound: Step) -> Option<Timestamp> {
    let wire = Wire::start([bound, page(0, &[])]).await;
    let lookups = plugin(&wire.base_url())
        .find_sent(&[query(1)], &context())
        .await;
    match lookups[0] {
        Lookup::Absent { indexed_through } => indexed_through,
        ref other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn absence_is_bounded_by_the_newest_visible_message_less_the_tolerance() {
    let now = Timestamp::now();
    let rows = [
        row(2, now - Duration::from_secs(20)),
        row(3, now - Duration::from_secs(10)),
    ];
    let bound = indexed_through(page(2, &rows)).await;
    assert_eq!(bound, Some(now - Duration::from_secs(40)));
}

#[tokio::test]
async fn nothing_bounds_absence_when_the_clocks_differ_or_contradict() {
    let now = Timestamp::now();
    let rows = [row(2, now)];
    assert_eq!(indexed_through(page_at(now - HOUR, 1, &rows)).await, None);
    assert_eq!(indexed_through(page_at(now + HOUR, 1, &rows)).await, None);
    assert_eq!(indexed_through(page(1, &[row(2, now + HOUR)])).await, None);
    assert_eq!(indexed_through(page(0, &[])).await, None);
    let undated = json!({ "TotalCount": 1, "Messages": rows }).to_string();
    assert_eq!(indexed_through(answer(200, &undated)).await, None);
}

#[tokio::test]
async fn the_window_is_asked_in_eastern_time_with_a_margin() {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let query = |number| {
        let (attempted, deadline) = ("2026-03-02T14:15:00Z", "2026-07-02T14:15:00Z");
        SentQuery::new(id(number), at(attempted), at(deadline))
    };
    let received = at("2026-03-02T14:16:00Z");
    let rows: Vec<Value> = (1..4).map(|number| row(number, received)).collect();
    let wire = Wire::start([page(0, &[]), page(3, &rows)]).await;
    let queries = [query(1), query(2), query(3)];
    let lookups = plugin(&wire.base_url())
        .find_sent(&queries, &context())
        .await;
    lookups
        .iter()
        .for_each(|lookup| drop(found(lookup).clone()));
    assert_eq!(
        wire.requests()[1].line(),
        "GET /messages/outbound?count=500&offset=0&messagestream=outbound&fromdate=2026-03-02T09%3A00%3A00&todate=2026-07-02T10%3A30%3A00"
    );
}

#[tokio::test]
async fn beyond_ten_thousand_rows_each_is_searched_by_its_id() {
    let now = Timestamp::now();
    let one = |number| page(1, &[row(number, now)]);
    let steps = [
        page(0, &[]),
        page(10_001, &[row(1, now)]),
        one(1),
        one(1),
        one(1),
    ];
    let wire = Wire::start(steps).await;
    let plugin = plugin(&wire.base_url());
    let lookups = plugin
        .find_sent(&[query(1), query(2), query(3)], &context())
        .await;
    // What a search brings up is compared: the row of another message is no hit.
    found(&lookups[0]);
    assert_absent(&lookups[1]);
    assert_absent(&lookups[2]);
    let asked = wire.requests();
    for (number, request) in (1..4).zip(&asked[2..]) {
        let wanted = asked[2..].iter().any(|it| {
            it.line()
                .contains(&format!("metadata_TrackingId={}", id(number)))
        });
        assert!(wanted, "{number}");
        assert!(!request.line().contains("fromdate"), "{}", request.line());
    }
}

#[tokio::test]
async fn a_window_of_several_pages_is_read_to_its_end() {
    let now = Timestamp::now();
    let rows: Vec<Value> = (100..600).map(|number| row(number, now)).collect();
    let wire = Wire::start([
        page(0, &[]),
        page(502, &rows),
        page(502, &[row(1, now), row(2, now)]),
    ])
    .await;
    let queries = [query(1), query(2), query(100)];
    let lookups = plugin(&wire.base_url())
        .find_sent(&queries, &context())
        .await;
    assert_eq!(lookups.iter().map(found).count(), 3);
    assert!(wire.requests()[2].line().contains("count=500&offset=500"));
}

#[tokio::test]
async fn what_could_not_be_asked_is_unknown_and_never_absent() {
    let torn = r#"{"TotalCount":1,"Messages":[{"Subject":"no id"}]}"#;
    for step in [
        Step::Close,
        answer(200, "<html>"),
        answer(200, torn),
        answer(401, r#"{"ErrorCode":10,"Message":"no token"}"#),
        answer(429, ""),
        answer(500, r#"{"ErrorCode":101,"Message":"?"}"#),
    ] {
        for steps in [vec![step.clone()], vec![page(0, &[]), step.clone()]] {
            let wire = Wire::start(steps).await;
            let lookups = plugin(&wire.base_url())
                .find_sent(&[query(1)], &context())
                .await;
            assert!(matches!(lookups[0], Lookup::Unknown { .. }), "{lookups:?}");
        }
    }
    let wire = Wire::start([Step::Hang]).await;
    let short = CallContext::new(Duration::from_secs(1), Duration::from_secs(1));
    let plugin = plugin(&wire.base_url());
    let lookups = in_time("an answer", plugin.find_sent(&[query(1)], &short)).await;
    assert!(matches!(lookups[0], Lookup::Unknown { .. }), "{lookups:?}");
}

#[tokio::test]
async fn the_test_token_finds_nothing_and_says_so() {
    let wire = Wire::start([]).await;
    let plugin = plugin_with(
        &wire.base_url(),
        json!({ "server_token": "POSTMARK_API_TEST" }),
    );
    assert!(!plugin.capabilities().has(Capability::FindSent));
    let lookups = plugin.find_sent(&[query(1)], &context()).await;
    assert!(matches!(lookups[0], Lookup::Unknown { .. }), "{lookups:?}");
    assert!(wire.requests().is_empty());
}
