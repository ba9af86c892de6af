//! The search behind settling doubts: its pages, its windows, and what its answers bound.

use std::time::Duration;

use plugin_api::serde_json::{Value, json};
use plugin_api::{CallContext, EmailProvider as _, Lookup, SentQuery, Timestamp};

use crate::common::wire::{Step, Wire, answer_with, json as answer};
use crate::common::{context, id, in_time, plugin};
use crate::find_sent::{HOUR, assert_absent, found, query};

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
async fn a_search_that_shows_other_messages_instead_proves_no_absence() {
    let now = Timestamp::now();
    let strangers: Vec<Value> = (100..150).map(|number| row(number, now)).collect();
    let mut nameless = row(2, now);
    nameless["Metadata"] = json!({});
    for answer in [page(700, &strangers), page(1, &[nameless])] {
        let wire = Wire::start([page(0, &[]), answer]).await;
        let lookups = plugin(&wire.base_url())
            .find_sent(&[query(1)], &context())
            .await;
        assert!(matches!(lookups[0], Lookup::Unknown { .. }), "{lookups:?}");
    }
    let wire = Wire::start([page(0, &[]), page(50, &strangers)]).await;
    let lookups = plugin(&wire.base_url())
        .find_sent(&[query(1)], &context())
        .await;
    assert_absent(&lookups[0]);
}

#[tokio::test]
async fn after_a_request_to_slow_down_nothing_more_is_asked() {
    let slow_down = || answer_with(429, "", "");
    let too_many = page(10_001, &[]);
    let steps = [page(0, &[]), too_many, page(0, &[])].into_iter();
    let wire = Wire::start(steps.chain((0..40).map(|_| slow_down()))).await;
    let queries: Vec<SentQuery> = (0..40).map(query).collect();
    let plugin = plugin(&wire.base_url());
    let lookups = plugin.find_sent(&queries, &context()).await;
    let absent = lookups
        .iter()
        .filter(|it| matches!(it, Lookup::Absent { .. }));
    assert_eq!((lookups.len(), absent.count()), (40, 1));
    let asked = wire.requests().len();
    // The bound, the window, the answered one, and as many as are under way at a time.
    assert!(asked <= 7, "{asked} requests");
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
