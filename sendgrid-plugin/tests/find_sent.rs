//! Settling doubts: what is found, what is absent, and what nobody knows. Nothing is believed that the mail itself does not say.

use std::time::Duration;

use plugin_api::serde_json::{Value, json};
use plugin_api::{EmailProvider as _, Lookup, SentQuery, Timestamp};
use sendgrid_plugin::SendGridPlugin;

use crate::common::wire::{Step, Wire, json as answer};
use crate::common::{context, fault, id, plugin, plugin_with};

fn query(number: u128) -> SentQuery {
    let ago = |seconds| Timestamp::now() - Duration::from_secs(seconds);
    SentQuery::new(id(number), ago(60), ago(45))
}

/// The answer of the search with these recipients' copies.
fn rows(copies: &[&str]) -> Step {
    let row = |copy: &&str| {
        json!({
            "from_email": "sales@example.com", "msg_id": copy, "subject": "Hello", "to_email": "ann@example.com",
            "status": "delivered", "opens_count": 0, "clicks_count": 0, "last_event_time": "2026-03-02T14:15:44Z",
        })
    };
    let rows: Vec<Value> = copies.iter().map(row).collect();
    answer(200, &json!({ "messages": rows }).to_string())
}

/// A mail that carries this message's id.
fn mail(number: u128) -> Step {
    let arguments = json!({ "TrackingId": id(number).to_string() }).to_string();
    answer(200, &json!({ "unique_args": arguments }).to_string())
}

fn searching(wire: &Wire) -> SendGridPlugin {
    plugin_with(&wire.base_url(), json!({ "activity_search": true }))
}

async fn lookup(steps: impl IntoIterator<Item = Step>) -> Lookup {
    let wire = Wire::start(steps).await;
    let lookups = searching(&wire).find_sent(&[query(7)], &context()).await;
    lookups.into_iter().next().unwrap()
}

fn is_unknown(lookup: &Lookup) -> bool {
    matches!(lookup, Lookup::Unknown { .. })
}

#[tokio::test]
async fn a_message_is_found_under_the_id_that_its_answer_and_its_events_give() {
    let copies = ["abc.recvd-1.0", "abc.recvd-1.1"];
    let wire = Wire::start([rows(&copies), mail(7)]).await;
    let lookups = searching(&wire).find_sent(&[query(7)], &context()).await;
    let Lookup::Found(receipt) = &lookups[0] else {
        panic!("{lookups:?}");
    };
    assert_eq!(receipt.id.as_str(), format!("abc:{}", id(7)));
    assert!(receipt.duplicates.is_empty(), "two recipients are one mail");
    let requests = wire.requests();
    let search = format!(
        "GET /v3/messages?limit=1000&query=%28unique_args%5B%27TrackingId%27%5D%3D%22{}%22%29",
        id(7)
    );
    assert_eq!(requests[0].line(), search);
    assert_eq!(requests[1].line(), "GET /v3/messages/abc.recvd-1.1");
}

#[tokio::test]
async fn a_mail_in_another_request_is_a_second_mail() {
    let steps = [rows(&["abc.recvd-1.0", "def.recvd-1.0"]), mail(7), mail(7)];
    let Lookup::Found(receipt) = lookup(steps).await else {
        panic!("not found");
    };
    assert_eq!(receipt.id.as_str(), format!("abc:{}", id(7)));
    let second = receipt.duplicates[0].as_str();
    assert_eq!(second, format!("def:{}", id(7)));
}

#[tokio::test]
async fn nothing_there_is_absent_as_far_as_anybody_knows() {
    assert_eq!(
        lookup([rows(&[])]).await,
        Lookup::Absent {
            indexed_through: None
        }
    );
}

#[tokio::test]
async fn a_search_that_shows_another_s_mail_is_not_believed() {
    let nameless = answer(200, r#"{"unique_args":"{}"}"#);
    for mail in [
        mail(8),
        nameless,
        answer(200, "{}"),
        fault(404, &json!("message_id"), "not found"),
    ] {
        let found = lookup([rows(&["abc.recvd-1.0"]), mail]).await;
        assert!(is_unknown(&found), "{found:?}");
    }
}

#[tokio::test]
async fn arguments_may_come_as_an_object() {
    let mail = json!({ "unique_args": { "TrackingId": id(7).to_string() } });
    let found = lookup([rows(&["abc.recvd-1.0"]), answer(200, &mail.to_string())]).await;
    assert!(matches!(found, Lookup::Found(_)), "{found:?}");
}

#[tokio::test]
async fn a_strange_answer_is_no_absence() {
    for step in [
        answer(200, "{}"),
        answer(200, "rubbish"),
        answer(200, r#"{"messages":null}"#),
        answer(200, r#"{"messages":[{"to_email":"ann@example.com"}]}"#),
        fault(403, &Value::Null, "access forbidden"),
        fault(500, &Value::Null, "oops"),
        Step::Close,
    ] {
        let found = lookup([step]).await;
        assert!(is_unknown(&found), "{found:?}");
    }
}

#[tokio::test]
async fn six_questions_are_asked_in_a_call_and_the_next_goes_on_from_there() {
    let wire = Wire::start((0..12).map(|_| rows(&[]))).await;
    let plugin = searching(&wire);
    let queries: Vec<SentQuery> = (0..8).map(query).collect();
    let mut asked = [0; 8];
    for _ in 0..2 {
        let lookups = plugin.find_sent(&queries, &context()).await;
        for (place, lookup) in lookups.iter().enumerate() {
            asked[place] += usize::from(!is_unknown(lookup));
        }
    }
    assert!(wire.requests().len() <= 12);
    assert!(asked.iter().all(|times| *times >= 1), "{asked:?}");
}

#[tokio::test]
async fn after_slow_down_nothing_more_is_asked() {
    let slow_down = fault(429, &Value::Null, "too many requests");
    let wire = Wire::start([slow_down]).await;
    let queries: Vec<SentQuery> = (0..3).map(query).collect();
    let lookups = searching(&wire).find_sent(&queries, &context()).await;
    assert!(lookups.iter().all(is_unknown), "{lookups:?}");
    assert_eq!(wire.requests().len(), 1);
}

#[tokio::test]
async fn without_the_add_on_nobody_is_asked_and_nothing_is_known() {
    let wire = Wire::start([]).await;
    let queries = [query(1), query(2)];
    let lookups = plugin(&wire.base_url())
        .find_sent(&queries, &context())
        .await;
    assert_eq!(lookups.len(), 2);
    let Lookup::Unknown { why } = &lookups[0] else {
        panic!("{lookups:?}");
    };
    assert!(why.contains("`activity_search = true`"), "{why}");
    assert!(wire.requests().is_empty());
}
