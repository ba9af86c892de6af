//! Two accounts behind one host: shares, and what happens when one of them is down.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::api::Api;
use crate::support::run_host;
use crate::support::service::Service;

const BOTH: &str = "[[routes]]\nname = \"default\"\nstrategy = \"exact\"\n\
    pool = [{ provider = \"postmark-main\", weight = 70 }, { provider = \"postmark-second\", weight = 30 }]";

#[tokio::test(flavor = "multi_thread")]
async fn the_exact_strategy_meets_the_weights_over_http() {
    let service = Service::pair(BOTH).await;
    let api = Api::of(&service);
    for _ in 0..10 {
        let id = api.send(json!({})).await;
        api.in_state(&id, "sent").await;
    }
    let second = service.second.as_ref().expect("there is a second");
    assert_eq!(
        (
            service.simulator.ledger().accepted(),
            second.ledger().accepted()
        ),
        (7, 3)
    );
    let page = api.request(Method::GET, "/").send().await.expect("a page");
    assert_eq!(page.status(), StatusCode::OK);
    let page = page.text().await.expect("text");
    assert!(page.contains("70.0 %") && page.contains("30.0 %"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_provider_that_was_refused_the_record_keeps_the_kind_and_no_path() {
    let service = Service::with(
        "[providers.missing]\nlibrary = \"/secret-place/libmissing.so\"\n[[routes]]\nname = \"default\"\n\
         pool = [{ provider = \"postmark-main\", weight = 1 }, { provider = \"missing\", weight = 1 }]",
    )
    .await;
    let api = Api::of(&service);
    let id = api.send(json!({})).await;
    let details = api.in_state(&id, "sent").await;
    let stored = details["Routing"].to_string();
    assert!(!stored.contains("secret-place"), "{stored}");
    let explain = ["explain", &id, "--config"];
    let explained = tokio::task::block_in_place(|| run_host(&explain, &service.config()));
    assert!(
        explained.stdout.contains("not loaded: not-found"),
        "{}",
        explained.stdout
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn with_one_service_down_mail_goes_through_the_other_and_the_record_says_why() {
    let service = Service::pair(BOTH).await;
    let api = Api::of(&service);
    service.simulator.switch_off().await;
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(api.send(json!({})).await);
    }
    let mut failed_over = None;
    for id in &ids {
        let details = api.in_state(id, "sent").await;
        assert_eq!(details["Provider"], "postmark-second");
        let attempts = details["Attempts"].as_array().expect("a list");
        if attempts.len() > 1 {
            assert_eq!(
                (&attempts[0]["Provider"], &attempts[0]["Outcome"]),
                (&json!("postmark-main"), &json!("unavailable"))
            );
            failed_over = Some(id);
        }
    }
    let second = service.second.as_ref().expect("there is a second");
    assert_eq!(
        (
            second.ledger().accepted(),
            second.ledger().duplicates().len()
        ),
        (5, 0)
    );
    let id = failed_over.expect("the first choice of some was down");
    let explained = run_host(&["explain", id, "--json", "--config"], &service.config());
    assert_eq!(explained.code, Some(0), "{}", explained.stderr);
    let decisions: Vec<Value> = serde_json::from_str(&explained.stdout).expect("JSON");
    assert!(
        decisions.iter().all(|it| it["replayed_the_same"] == true),
        "{decisions:#?}"
    );
    let last = decisions.last().expect("there are decisions");
    assert!(
        last["explanation"]
            .as_str()
            .expect("text")
            .contains("chosen: postmark-second")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_rests_is_told_of_once_and_stays_visible_while_the_other_carries_the_load()
{
    const MESSAGES: usize = 20;
    let service = Service::pair(BOTH).await;
    let api = Api::of(&service);
    service.simulator.switch_off().await;
    for _ in 0..MESSAGES {
        let id = api.send(json!({})).await;
        api.in_state(&id, "sent").await;
    }
    let second = service.second.as_ref().expect("there is a second");
    assert_eq!(second.ledger().accepted(), MESSAGES);
    let log = service.log();
    let told: Vec<&str> = log
        .lines()
        .filter(|line| line.contains("the provider rests"))
        .collect();
    assert_eq!(told.len(), 1, "{log}");
    for field in [
        "provider=\"postmark-main\"",
        "plugin_version=\"0.1.0\"",
        "scope=provider",
        "until=2",
        "reason=5 failures in a row, the last unavailable: ",
    ] {
        assert!(told[0].contains(field), "{field} is not in {}", told[0]);
    }
    let page = api.request(Method::GET, "/").send().await.expect("a page");
    let page = page.text().await.expect("text");
    assert!(
        page.contains("postmark-main") && page.contains("rest"),
        "{page}"
    );
}
