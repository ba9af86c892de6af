//! Faults in the answer: refusals, rubbish, pages of a proxy; rules that look into messages; scripts.

use std::time::{Duration, Instant};

use plugin_testkit::simulator::{
    Fault, FaultRule, FaultScript, InactiveWording, PostmarkConfig, SimulatorConfig,
};
use serde_json::{Value, json};

use crate::common::{TOKEN, call, get, message, post, start, start_with, try_send, with_fault};

#[tokio::test]
async fn throttling_comes_with_and_without_retry_after() {
    for (retry_after_secs, header) in [(Some(7), Some("7")), (None, None)] {
        let simulator = with_fault(Fault::Throttled { retry_after_secs }).await;
        let response = try_send(&simulator).await.unwrap();
        assert_eq!(response.status(), 429);
        assert_eq!(
            response
                .headers()
                .get("Retry-After")
                .map(|it| it.to_str().unwrap()),
            header
        );
        assert_eq!(simulator.ledger().accepted(), 0);
        assert_eq!(try_send(&simulator).await.unwrap().status(), 200);
    }
}

#[tokio::test]
async fn a_server_error_may_or_may_not_have_accepted() {
    for accepted in [false, true] {
        let simulator = with_fault(Fault::ServerError { accepted }).await;
        let answer = post(&simulator, "/email", message(json!({}))).await;
        assert_eq!(answer.refusal(), (500, 101));
        assert_eq!(simulator.ledger().accepted(), usize::from(accepted));
    }
}

#[tokio::test]
async fn maintenance_and_a_revoked_token_accept_nothing() {
    for (fault, refusal) in [
        (Fault::Maintenance {}, (503, 100)),
        (Fault::Unauthorized {}, (401, 10)),
    ] {
        let simulator = with_fault(fault).await;
        assert_eq!(
            post(&simulator, "/email", message(json!({})))
                .await
                .refusal(),
            refusal
        );
        assert_eq!(simulator.ledger().accepted(), 0);
    }
}

#[tokio::test]
async fn inactive_in_any_wording_names_every_recipient_and_sends_to_nobody() {
    for (wording, text) in [
        (
            InactiveWording::Documented,
            "a recipient that has been marked as inactive. Found",
        ),
        (
            InactiveWording::Clients,
            "recipient(s) that have been marked as inactive. Found",
        ),
        (InactiveWording::Lines, "marked as inactive.\nFound"),
    ] {
        let simulator = with_fault(Fault::Inactive { wording }).await;
        let people = message(json!({ "Cc": "bob@example.com" }));
        let answer = post(&simulator, "/email", people).await;
        assert_eq!(answer.refusal(), (422, 406));
        assert!(answer.message().contains(text), "{}", answer.message());
        assert!(
            answer
                .message()
                .contains("addresses: ann@example.com, bob@example.com.")
        );
        assert_eq!(simulator.ledger().accepted(), 0);
    }
}

#[tokio::test]
async fn a_delayed_acceptance_has_no_error_code() {
    let simulator = with_fault(Fault::Delayed {}).await;
    let answer = post(&simulator, "/email", message(json!({}))).await;
    assert_eq!(answer.status, 200);
    assert!(answer.body.get("ErrorCode").is_none());
    assert_eq!(
        answer.message(),
        "Message accepted, but delivery may be delayed."
    );
    assert!(answer.body["SubmittedAt"].as_str().unwrap().ends_with('Z'));
    assert_eq!(
        answer.body["MessageID"],
        simulator.ledger().entries()[0].message_id.as_str()
    );
}

#[tokio::test]
async fn truncated_and_wrong_json_are_whole_answers_and_accepted() {
    let simulator = with_fault(Fault::TruncatedJson {}).await;
    let response = try_send(&simulator).await.unwrap();
    assert_eq!(response.status(), 200);
    let text = response.text().await.unwrap();
    assert!(
        text.starts_with('{') && serde_json::from_str::<Value>(&text).is_err(),
        "{text}"
    );
    assert_eq!(simulator.ledger().accepted(), 1);

    simulator
        .faults()
        .add(FaultRule::new(Fault::WrongJson {}).times(1));
    let answer = post(&simulator, "/email", message(json!({}))).await;
    assert_eq!(answer.status, 200);
    assert!(
        answer.body.get("MessageID").is_none() && answer.body.is_object(),
        "{answer:?}"
    );
    assert_eq!(simulator.ledger().accepted(), 2);
}

#[tokio::test]
async fn a_proxy_answers_in_html_in_front_of_or_instead_of_the_service() {
    for (status, accepted) in [(403, false), (502, true)] {
        let simulator = with_fault(Fault::ProxyHtml { status, accepted }).await;
        let response = try_send(&simulator).await.unwrap();
        assert_eq!(response.status(), status);
        assert_eq!(response.headers()["Content-Type"], "text/html");
        assert!(
            response
                .text()
                .await
                .unwrap()
                .starts_with("<!DOCTYPE html>")
        );
        assert_eq!(simulator.ledger().accepted(), usize::from(accepted));
    }
}

#[tokio::test]
async fn latency_delays_and_changes_nothing_else() {
    let simulator = with_fault(Fault::Latency { ms: 120 }).await;
    let started = Instant::now();
    assert_eq!(
        post(&simulator, "/email", message(json!({}))).await.code(),
        0
    );
    assert!(started.elapsed() >= Duration::from_millis(120));
}

#[tokio::test]
async fn rules_look_into_single_messages_and_batches() {
    let simulator = start().await;
    let out = || Fault::Maintenance {};
    for rule in [
        FaultRule::new(out()).to("SLOW@example.com"),
        FaultRule::new(out()).subject("urgent"),
        FaultRule::new(out()).tag("bad-tag"),
        FaultRule::new(out()).tracking_id("A-1"),
    ] {
        simulator.faults().add(rule);
    }
    for change in [
        json!({ "To": "Slow <slow@example.com>" }),
        json!({ "Bcc": "slow@example.com" }),
        json!({ "Subject": "Very URGENT" }),
        json!({ "Tag": "bad-tag" }),
        json!({ "Metadata": { "TrackingId": "a-1" } }),
    ] {
        assert_eq!(
            post(&simulator, "/email", message(change.clone()))
                .await
                .status,
            503,
            "{change}"
        );
        let batch = json!([message(json!({})), message(change)]);
        assert_eq!(
            post(&simulator, "/email/batch", batch.clone()).await.status,
            503
        );
        let templated = json!({ "Messages": batch });
        assert_eq!(
            post(&simulator, "/email/batchWithTemplates", templated)
                .await
                .status,
            503
        );
    }
    assert_eq!(
        post(
            &simulator,
            "/email",
            message(json!({ "Tag": "bad-tag-not" }))
        )
        .await
        .status,
        200
    );
    assert_eq!(get(&simulator, "/server").await.status, 200);
}

#[tokio::test]
async fn the_example_script_shows_every_kind_of_fault() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/faults.toml");
    let script = FaultScript::load(path).unwrap();
    let mut kinds: Vec<String> = script
        .rules
        .iter()
        .map(|rule| {
            serde_json::to_value(&rule.fault).unwrap()["kind"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    kinds.sort();
    kinds.dedup();
    assert_eq!(kinds.len(), 14, "{kinds:?}");
    let config = SimulatorConfig::postmark(PostmarkConfig::with_token(TOKEN)).faults(script);
    let simulator = start_with(config).await;
    let throttled = message(json!({ "To": "throttled@example.com" }));
    for status in [429, 429, 200] {
        assert_eq!(
            post(&simulator, "/email", throttled.clone()).await.status,
            status
        );
    }
    assert_eq!(
        post(
            &simulator,
            "/email",
            message(json!({ "Tag": "blocked-by-proxy" }))
        )
        .await
        .status,
        403
    );
}

#[tokio::test]
async fn faults_can_be_added_listed_and_removed_over_http() {
    let simulator = start().await;
    let rule = json!({ "fault": { "kind": "throttled", "retry_after_secs": 1 }, "when": { "path": "/email" }, "times": 1 });
    let listed = post(&simulator, "/_control/faults", rule).await;
    assert_eq!(listed.status, 200);
    assert_eq!(listed.body["rules"][0]["fault"]["kind"], "throttled");
    assert_eq!(
        post(&simulator, "/email", message(json!({}))).await.status,
        429
    );
    assert_eq!(get(&simulator, "/_control/faults").await.body["fired"], 1);
    let cleared = call(
        &simulator,
        reqwest::Method::DELETE,
        "/_control/faults",
        None,
    )
    .await;
    assert_eq!(cleared.body["rules"], json!([]));
    for wrong in [
        json!({ "fault": { "kind": "explode" } }),
        json!({ "fault": { "kind": "hang", "accepted": true, "foo": 1 } }),
        json!({ "fault": { "kind": "maintenance", "foo": 1 } }),
        json!({ "fault": { "kind": "maintenance" }, "rate": 2 }),
        json!({ "fault": { "kind": "proxy-html", "status": 200 } }),
        json!({ "fault": { "kind": "maintenance" }, "when": { "too": "x" } }),
    ] {
        let answer = post(&simulator, "/_control/faults", wrong.clone()).await;
        assert_eq!(answer.status, 422, "{wrong} {answer:?}");
    }
}

#[test]
fn wrong_scripts_are_refused_with_file_line_and_key() {
    let refusal = |text: &str| FaultScript::from_toml(text).unwrap_err().to_string();
    assert!(refusal("[[rule]]\nfalt = 1\n").contains("falt"));
    assert!(refusal("[[rule]]\nfault = { kind = \"explode\" }\n").contains("explode"));
    let rate = refusal(
        "[[rule]]\nfault = { kind = \"delayed\" }\n[[rule]]\nfault = { kind = \"delayed\" }\nrate = 1.5\n",
    );
    assert_eq!(
        rate,
        "fault script: rule[1]: `rate` must be from 0 to 1 (got 1.5)"
    );
    let missing = FaultScript::load("no-such-file.toml")
        .unwrap_err()
        .to_string();
    assert!(missing.contains("`no-such-file.toml`"), "{missing}");
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("f.toml");
    std::fs::write(&path, "seed = \"x\"\n").unwrap();
    let wrong = FaultScript::load(&path).unwrap_err().to_string();
    assert!(
        wrong.contains("f.toml") && wrong.contains("seed") && wrong.contains("line 1"),
        "{wrong}"
    );
}
