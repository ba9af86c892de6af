//! Connections are kept, given up and counted.

use plugin_api::serde_json::json;
use plugin_api::{EmailProvider as _, Plugin as _, SendErrorKind};
use plugin_testkit::smtp::{SmtpAct, SmtpMoment, SmtpStandIn};

use crate::common::{in_time, message, plugin, plugin_with, refused, send, server};

#[tokio::test]
async fn a_connection_carries_one_message_after_the_other() {
    let server = server().await;
    let plugin = plugin(&server);
    for _ in 0..5 {
        send(&plugin, &message()).await.unwrap();
    }
    assert_eq!(server.connections(), 1);
}

fn goodbyes(server: &SmtpStandIn) -> usize {
    server.commands().iter().filter(|it| *it == "QUIT").count()
}

#[tokio::test]
async fn without_an_idle_timeout_none_is_kept() {
    let server = server().await;
    let plugin = plugin_with(&server, json!({ "idle_timeout_ms": 0 }));
    send(&plugin, &message()).await.unwrap();
    send(&plugin, &message()).await.unwrap();
    assert_eq!(server.connections(), 2);
    in_time("both goodbyes", server.wait_until(|it| goodbyes(it) == 2)).await;
}

#[tokio::test]
async fn a_connection_that_nobody_needs_is_given_up_with_a_goodbye() {
    let server = server().await;
    let plugin = plugin_with(&server, json!({ "idle_timeout_ms": 1 }));
    send(&plugin, &message()).await.unwrap();
    in_time("the goodbye", server.wait_until(|it| goodbyes(it) == 1)).await;
    send(&plugin, &message()).await.unwrap();
    in_time(
        "the next goodbye",
        server.wait_until(|it| goodbyes(it) == 2),
    )
    .await;
    assert_eq!((server.connections(), server.accepted().len()), (2, 2));
}

/// Whether the goodbye is seen before the next message or in place of the answer to MAIL, nothing is lost by it.
#[tokio::test]
async fn a_connection_that_the_server_gave_up_is_replaced_within_the_call() {
    for act in [
        SmtpAct::HangUp,
        SmtpAct::SayAndHangUp("421 4.4.2 idle for too long".to_owned()),
    ] {
        let server = server().await;
        let plugin = plugin(&server);
        server.at_moment(SmtpMoment::Mail, [SmtpAct::GoOn, act]);
        send(&plugin, &message()).await.unwrap();
        send(&plugin, &message()).await.unwrap();
        assert_eq!((server.connections(), server.accepted().len()), (2, 2));
    }
}

#[tokio::test]
async fn a_new_connection_that_is_given_up_is_not_replaced() {
    let server = server().await;
    let plugin = plugin(&server);
    server.once(SmtpMoment::Mail, SmtpAct::HangUp);
    assert_eq!(
        refused(&plugin, &message()).await.kind,
        SendErrorKind::Unavailable
    );
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn many_calls_at_once_share_what_is_allowed() {
    let server = server().await;
    let plugin = plugin_with(&server, json!({ "max_connections": 2 }));
    let (message, context) = (message(), crate::common::context());
    let calls = (0..64).map(|_| plugin.send(&message, &context));
    let outcomes = in_time("all calls", futures_util::future::join_all(calls)).await;
    assert!(outcomes.iter().all(Result::is_ok));
    assert!(server.connections() <= 2, "{}", server.connections());
}

#[tokio::test]
async fn a_shutdown_says_goodbye() {
    let server = server().await;
    let plugin = plugin(&server);
    send(&plugin, &message()).await.unwrap();
    plugin.shutdown(std::time::Duration::from_secs(60)).await;
    assert_eq!(server.commands().last().map(String::as_str), Some("QUIT"));
}
