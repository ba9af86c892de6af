//! Starting, stopping, and settings that cannot work.

use std::time::Duration;

use plugin_testkit::simulator::{
    PostmarkConfig, RecipientAction, ServerConfig, Simulator, SimulatorConfig, StartError, Trigger,
    TriggerError, WebhookConfig,
};
use serde_json::json;
use tokio::net::TcpStream;

use crate::common::{TOKEN, message, post, send, start, start_with};
use crate::host::{Host, with_hook};

fn with(server: ServerConfig) -> SimulatorConfig {
    SimulatorConfig::postmark(PostmarkConfig::with_server(server))
}

#[tokio::test]
async fn settings_that_cannot_work_are_named() {
    let twice = PostmarkConfig::with_token("a").server(ServerConfig::new("A"));
    for (config, field) in [
        (with(ServerConfig::new(TOKEN)).speed(-1.0), "speed"),
        (with(ServerConfig::new(TOKEN)).speed(f64::NAN), "speed"),
        (with(ServerConfig::new(" ")), "servers.token"),
        (
            with(ServerConfig::new("postmark_api_test")),
            "servers.token",
        ),
        (SimulatorConfig::postmark(twice), "servers.token"),
        (
            with(ServerConfig::new(TOKEN).webhook(WebhookConfig::new("ftp://x/"))),
            "servers.webhooks.url",
        ),
        (
            with(ServerConfig::new(TOKEN).webhook(WebhookConfig::new("http://x/").stream("s"))),
            "servers.webhooks.stream",
        ),
    ] {
        let error = Simulator::start(config).await.unwrap_err();
        assert!(
            matches!(&error, StartError::Setting { field: named, .. } if *named == field),
            "{error}"
        );
        assert!(error.to_string().contains(field));
    }
}

#[tokio::test]
async fn a_taken_port_is_named_and_a_given_one_is_used() {
    let first = start().await;
    let config = with(ServerConfig::new(TOKEN)).listen(first.address());
    let error = Simulator::start(config.clone()).await.unwrap_err();
    assert!(
        error.to_string().contains(&first.address().to_string()),
        "{error}"
    );
    let address = first.address();
    first.shutdown().await;
    let second = Simulator::start(config).await.unwrap();
    assert_eq!(second.address(), address);
    send(&second, message(json!({}))).await;
}

#[tokio::test]
async fn a_dropped_simulator_closes_its_port() {
    let simulator = start().await;
    let address = simulator.address();
    drop(simulator);
    let closed = async {
        while TcpStream::connect(address).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    crate::common::in_time("the port closing", closed).await;
}

#[tokio::test]
async fn recipients_can_only_do_what_would_be_noticed() {
    let simulator = start().await;
    let plain = send(&simulator, message(json!({}))).await;
    let act = |message_id: &str, recipient: Option<&str>, action| {
        simulator.trigger(&Trigger {
            message_id: message_id.into(),
            recipient: recipient.map(str::to_owned),
            action,
        })
    };
    let unknown = act("nothing", None, RecipientAction::Open).unwrap_err();
    assert_eq!(unknown, TriggerError::UnknownMessage("nothing".into()));
    let stranger = act(&plain, Some("x@example.com"), RecipientAction::Complain).unwrap_err();
    assert_eq!(stranger, TriggerError::NotARecipient);
    assert!(matches!(
        act(&plain, None, RecipientAction::Open),
        Err(TriggerError::NotTracked(_))
    ));
    assert!(matches!(
        act(&plain, None, RecipientAction::Click { link: None }),
        Err(TriggerError::NotTracked(_))
    ));
    let linkless = send(&simulator, message(json!({ "TrackLinks": "HtmlAndText" }))).await;
    assert!(matches!(
        act(&linkless, None, RecipientAction::Click { link: None }),
        Err(TriggerError::NotTracked(_))
    ));

    let over_http = post(
        &simulator,
        "/_control/events",
        json!({ "message_id": "nothing", "action": "open" }),
    )
    .await;
    assert_eq!(over_http.status, 404);
    let over_http = post(
        &simulator,
        "/_control/events",
        json!({ "message_id": plain, "action": "open" }),
    )
    .await;
    assert_eq!(over_http.status, 409);
    let over_http = post(
        &simulator,
        "/_control/events",
        json!({ "message_id": plain, "action": "dance" }),
    )
    .await;
    assert_eq!(over_http.status, 422);
}

#[tokio::test]
async fn recipients_can_act_from_a_thread_without_a_runtime() {
    let host = Host::start(&[]).await;
    let simulator = start_with(with_hook(WebhookConfig::new(&host.url))).await;
    let message_id = send(&simulator, message(json!({}))).await;
    let complaint = Trigger {
        message_id,
        recipient: None,
        action: RecipientAction::Complain,
    };
    let acted = std::thread::scope(|scope| scope.spawn(|| simulator.trigger(&complaint)).join());
    acted.unwrap().unwrap();
    assert_eq!(host.bodies(3).await.len(), 3);
}
