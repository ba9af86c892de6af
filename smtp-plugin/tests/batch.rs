//! Several messages, each its own.

use plugin_api::serde_json::json;
use plugin_api::{CallContext, EmailProvider as _, Message, SendErrorKind};
use plugin_testkit::smtp::{SmtpAct, SmtpMoment};

use crate::common::{context, in_time, numbered, plugin_with, server};

#[tokio::test]
async fn outcomes_keep_their_order_over_few_connections() {
    let server = server().await;
    let plugin = plugin_with(&server, json!({ "max_connections": 3 }));
    let messages: Vec<Message> = (0..20).map(numbered).collect();
    let outcomes = in_time("the batch", plugin.send_batch(&messages, &context())).await;
    let ids: Vec<String> = outcomes
        .into_iter()
        .map(|one| one.unwrap().id.to_string())
        .collect();
    let expected: Vec<String> = messages
        .iter()
        .map(|one| format!("{}@example.com", one.tracking_id()))
        .collect();
    assert_eq!(ids, expected);
    assert_eq!(server.accepted().len(), 20);
    assert!(server.connections() <= 3, "{}", server.connections());
}

#[tokio::test]
async fn one_that_is_refused_stops_no_other() {
    let server = server().await;
    let plugin = plugin_with(&server, json!({ "max_connections": 1 }));
    let acts = [
        SmtpAct::GoOn,
        SmtpAct::say("550 5.1.1 unknown"),
        SmtpAct::GoOn,
    ];
    server.at_moment(SmtpMoment::Rcpt, acts);
    let messages: Vec<Message> = (0..3).map(numbered).collect();
    let outcomes = in_time("the batch", plugin.send_batch(&messages, &context())).await;
    let sent: Vec<bool> = outcomes.iter().map(Result::is_ok).collect();
    assert_eq!(sent, [true, false, true]);
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn after_a_request_to_slow_down_the_rest_is_not_sent() {
    let server = server().await;
    let plugin = plugin_with(&server, json!({ "max_connections": 1 }));
    let acts = [SmtpAct::GoOn, SmtpAct::say("421 4.7.28 flood")];
    server.at_moment(SmtpMoment::Mail, acts);
    let messages: Vec<Message> = (0..4).map(numbered).collect();
    let outcomes = in_time("the batch", plugin.send_batch(&messages, &context())).await;
    assert!(outcomes[0].is_ok());
    for outcome in &outcomes[1..] {
        let kind = &outcome.as_ref().unwrap_err().kind;
        assert_eq!(*kind, SendErrorKind::Throttled { retry_after: None });
    }
    assert_eq!(server.accepted().len(), 1);
}

#[tokio::test]
async fn none_is_begun_after_the_soft_deadline() {
    let server = server().await;
    let plugin = plugin_with(&server, json!({}));
    let late = CallContext::new(
        std::time::Duration::ZERO,
        std::time::Duration::from_secs(60),
    );
    let outcomes = plugin.send_batch(&[numbered(1), numbered(2)], &late).await;
    for outcome in outcomes {
        assert_eq!(outcome.unwrap_err().kind, SendErrorKind::Unavailable);
    }
    assert_eq!(server.connections(), 0);
}
