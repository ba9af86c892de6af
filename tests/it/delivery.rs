//! The engine, embedded, over real plugins and a real (simulated) service.

use std::time::Duration;

use plugin_api::{Mailbox, Message, TrackingId};
use plugin_host::{
    AcceptError, DeliveryConfig, FlagChange, FlagReason, FlagScope, FlagSource, Host, HostConfig,
    LoaderConfig, MessageKey, MessageState, ProviderConfig, ReconcileConfig, Route, Submission,
    Word,
};
use plugin_testkit::simulator::{
    Fault, FaultRule, PostmarkConfig, RunningSimulator, Simulator, SimulatorConfig,
};
use serde_json::json;
use system_tests::plugin;
use uuid::Uuid;

use crate::support::PATIENCE;

const TOKEN: &str = "0c1f7b1e-9d52-4b7e-8f0a-2f4f1d0a9c11";

struct Stage {
    host: Host,
    first: RunningSimulator,
    second: RunningSimulator,
    _folder: tempfile::TempDir,
}

async fn simulator() -> RunningSimulator {
    let config = SimulatorConfig::postmark(PostmarkConfig::with_token(TOKEN));
    Simulator::start(config).await.expect("a free port")
}

fn provider(name: &str, simulator: &RunningSimulator) -> ProviderConfig {
    let settings = json!({ "server_token": TOKEN, "base_url": simulator.base_url() });
    ProviderConfig::new(name, "postmark", settings)
}

/// Two accounts at the service, 70 to 30, and a host that settles doubt quickly.
async fn stage(route: serde_json::Value) -> Stage {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (first, second) = (simulator().await, simulator().await);
    let mut plugins = LoaderConfig::new(folder.path().join("copies"));
    plugins.allow_unsigned = true;
    plugins.directories = vec![plugin("postmark").parent().expect("a folder").to_owned()];
    let mut routes = json!({ "name": "default", "pool": [{ "provider": "first", "weight": 70 }, { "provider": "second", "weight": 30 }] });
    for (key, value) in route.as_object().into_iter().flatten() {
        routes[key] = value.clone();
    }
    let route: Route = serde_json::from_value(routes).expect("a route");
    let host = Host::start(HostConfig {
        store: folder.path().join("host.db"),
        plugins,
        providers: vec![provider("first", &first), provider("second", &second)],
        routes: vec![route],
        delivery: DeliveryConfig {
            soft_deadline: Duration::from_secs(2),
            hard_deadline: Duration::from_secs(3),
            reconcile: ReconcileConfig {
                after: Duration::from_millis(10),
                every: Duration::from_millis(50),
                patience: Duration::from_secs(600),
            },
            ..DeliveryConfig::default()
        },
        flag_scope: FlagScope::Account,
    })
    .await
    .expect("the host starts");
    assert!(host.readiness().ready, "{:?}", host.readiness());
    Stage {
        host,
        first,
        second,
        _folder: folder,
    }
}

const ACCOUNT: &str = "9f1d6a34-0c3e-4a55-8a2b-3f0f5f6a7b8c";

fn message(lead: &str) -> Message {
    Message::builder()
        .from(Mailbox::new("sales@example.com").expect("an address"))
        .to(Mailbox::new(format!("{lead}@example.com")).expect("an address"))
        .subject("Your request")
        .html_body("<p>Hello</p>")
        .lead_uid(lead)
        .account_uid(ACCOUNT)
        .tracking_id(TrackingId::from(Uuid::now_v7()))
        .build()
        .expect("a message")
}

async fn accept(stage: &Stage, message: Message) -> MessageKey {
    let key = MessageKey::any(message.tracking_id());
    let submission = Submission {
        message,
        send_at: None,
    };
    let outcome = stage.host.accept(vec![submission]).await.remove(0);
    outcome.expect("accepted");
    key
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_shared_by_weight_and_each_arrives_once() {
    let stage = stage(json!({ "strategy": "exact" })).await;
    let submissions = (0..100).map(|number| Submission {
        message: message(&format!("lead-{number}")),
        send_at: None,
    });
    let submissions: Vec<_> = submissions.collect();
    let keys: Vec<_> = submissions
        .iter()
        .map(|one| MessageKey::any(one.message.tracking_id()))
        .collect();
    for outcome in stage.host.accept(submissions).await {
        outcome.expect("accepted");
    }
    for key in &keys {
        let view = stage.host.settled(key, PATIENCE).await.unwrap().unwrap();
        assert_eq!(view.summary.state, MessageState::Sent, "{view:?}");
        assert!(view.summary.provider_message_id.is_some());
    }
    assert_eq!(stage.first.ledger().accepted(), 70);
    assert_eq!(stage.second.ledger().accepted(), 30);
    stage.host.shutdown(PATIENCE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn when_one_service_is_down_the_next_in_line_takes_over() {
    let stage = stage(json!({})).await;
    stage.first.switch_off().await;
    for number in 0..10 {
        let key = accept(&stage, message(&format!("lead-{number}"))).await;
        let view = stage.host.settled(&key, PATIENCE).await.unwrap().unwrap();
        assert_eq!(view.summary.state, MessageState::Sent, "{view:?}");
        assert_eq!(view.summary.provider.as_deref(), Some("second"));
        for stored in stage.host.decisions(&key).await.unwrap() {
            assert_eq!(stored.decision.replay(), stored.decision);
        }
    }
    assert_eq!(stage.second.ledger().accepted(), 10);
    stage.host.shutdown(PATIENCE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_lost_is_in_doubt_until_the_search_finds_the_message() {
    let stage = stage(json!({ "pool": [{ "provider": "first", "weight": 1 }] })).await;
    let rule = FaultRule::new(Fault::DropAfterAccept {})
        .path("/email")
        .times(1);
    stage.first.faults().add(rule);
    let key = accept(&stage, message("lead")).await;
    let sent = async {
        loop {
            let view = stage.host.settled(&key, PATIENCE).await.unwrap().unwrap();
            if view.summary.state == MessageState::Sent {
                return view;
            }
            assert_eq!(view.summary.state, MessageState::InDoubt, "{view:?}");
            tokio::task::yield_now().await;
        }
    };
    let view = tokio::time::timeout(PATIENCE, sent).await.expect("settled");
    assert_eq!(view.attempts.len(), 1, "{view:?}");
    assert_eq!(stage.first.ledger().accepted(), 1);
    assert!(stage.first.ledger().duplicates().is_empty());
    stage.host.shutdown(PATIENCE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flag_set_while_a_message_waits_stops_it() {
    let stage = stage(json!({})).await;
    let content = message("lead");
    let key = MessageKey::any(content.tracking_id());
    let later = plugin_api::Timestamp::now() + plugin_api::jiff::SignedDuration::from_secs(2);
    let submission = Submission {
        message: content,
        send_at: Some(later),
    };
    stage
        .host
        .accept(vec![submission])
        .await
        .remove(0)
        .expect("accepted");
    let flag = FlagChange {
        account: Some(ACCOUNT.to_owned()),
        lead: Some("lead".to_owned()),
        address: None,
        word: Word::Flag {
            reason: FlagReason::Unsubscribed,
        },
        at: None,
        source: FlagSource::Api,
        note: None,
    };
    stage.host.flag(flag).await.expect("flagged");
    let view = stage.host.settled(&key, PATIENCE).await.unwrap().unwrap();
    assert_eq!(view.summary.state, MessageState::Suppressed, "{view:?}");
    let refused = stage
        .host
        .accept(vec![Submission {
            message: message("lead"),
            send_at: None,
        }])
        .await
        .remove(0);
    assert!(
        matches!(refused, Err(AcceptError::Suppressed { .. })),
        "{refused:?}"
    );
    assert_eq!(
        stage.first.ledger().accepted() + stage.second.ledger().accepted(),
        0
    );
    stage.host.shutdown(PATIENCE).await;
}
