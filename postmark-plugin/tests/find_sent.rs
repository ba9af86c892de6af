//! Settling doubts: what is found, what is absent, and what nobody knows.

use std::time::Duration;

use plugin_api::serde_json::json;
use plugin_api::{
    Capability, EmailProvider as _, Lookup, RecipientOutcome, SendErrorKind, SentQuery, Timestamp,
};
use plugin_testkit::simulator::{Fault, FaultRule, PostmarkConfig, RunningSimulator};

use crate::common::wire::Wire;
use crate::common::{
    TOKEN, blank, context, id, mailbox, numbered, plugin, plugin_with, simulator, simulator_with,
};

pub(crate) const HOUR: Duration = Duration::from_secs(3600);

/// An attempt that began a minute ago and ended half a minute ago.
pub(crate) fn query(number: u128) -> SentQuery {
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

pub(crate) fn found(lookup: &Lookup) -> &plugin_api::Receipt {
    match lookup {
        Lookup::Found(receipt) => receipt,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn assert_absent(lookup: &Lookup) {
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

#[tokio::test]
async fn a_recipient_is_known_by_the_whole_address_in_any_script() {
    let simulator = simulator().await;
    let plugin = plugin(&simulator.base_url());
    let message = blank()
        .to(mailbox("joann@example.com"))
        .to(mailbox("ann@münchen.example"))
        .text_body("Hi");
    let message = message.tracking_id(id(1)).build().unwrap();
    plugin.send(&message, &context()).await.unwrap();
    let mut query = query(1);
    query.to = [
        "joann@example.com",
        "Ann@München.example",
        "ann@example.com",
    ]
    .map(str::to_owned)
    .to_vec();
    let lookups = plugin.find_sent(&[query], &context()).await;
    let recipients = &found(&lookups[0]).recipients;
    let not_listed: Vec<&str> = recipients.iter().map(|it| it.address.as_str()).collect();
    assert_eq!(not_listed, ["ann@example.com"]);
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
