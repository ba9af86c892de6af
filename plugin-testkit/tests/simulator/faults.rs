//! Every fault, as a client meets it, and what the ledger says afterwards.

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use plugin_testkit::simulator::{
    Fault, FaultRule, FaultScript, InactiveWording, PostmarkConfig, RunningSimulator,
    SimulatorConfig,
};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::common::{TOKEN, call, get, http, in_time, message, post, start, start_with};

/// A `POST /email` as bytes.
fn raw_request(body: &Value) -> Vec<u8> {
    let body = body.to_string();
    format!(
        "POST /email HTTP/1.1\r\nHost: simulator\r\nAccept: application/json\r\nContent-Type: application/json\r\n\
         X-Postmark-Server-Token: {TOKEN}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Sends bytes and reads until the other side ends: what came, and the error that ended it, if one did.
async fn exchange(simulator: &RunningSimulator, request: &[u8]) -> (Vec<u8>, Option<ErrorKind>) {
    let mut stream = TcpStream::connect(simulator.address()).await.unwrap();
    // A reset may come while we are still writing; reading tells.
    let _ = stream.write_all(request).await;
    let mut answer = Vec::new();
    let end = in_time("the end of the connection", stream.read_to_end(&mut answer)).await;
    (answer, end.err().map(|error| error.kind()))
}

async fn with_fault(fault: Fault) -> RunningSimulator {
    let simulator = start().await;
    simulator
        .faults()
        .add(FaultRule::new(fault).path("/email").times(1));
    simulator
}

async fn try_send(simulator: &RunningSimulator) -> reqwest::Result<reqwest::Response> {
    http()
        .post(format!("{}/email", simulator.base_url()))
        .header("X-Postmark-Server-Token", TOKEN)
        .header("Accept", "application/json")
        .json(&message(json!({})))
        .send()
        .await
}

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
async fn a_dropped_answer_is_an_accepted_message_and_a_clean_end() {
    let simulator = with_fault(Fault::DropAfterAccept {}).await;
    assert_eq!(
        exchange(&simulator, &raw_request(&message(json!({})))).await,
        (Vec::new(), None)
    );
    assert_eq!(simulator.ledger().accepted(), 1);
}

#[tokio::test]
async fn a_reset_after_acceptance_is_seen_as_one() {
    let simulator = with_fault(Fault::Reset { accepted: true }).await;
    let (answer, end) = exchange(&simulator, &raw_request(&message(json!({})))).await;
    assert_eq!((answer.len(), end), (0, Some(ErrorKind::ConnectionReset)));
    assert_eq!(simulator.ledger().accepted(), 1);
}

#[tokio::test]
async fn a_reset_before_reading_comes_before_the_body_is_sent() {
    let simulator = with_fault(Fault::Reset { accepted: false }).await;
    let head = format!(
        "POST /email HTTP/1.1\r\nHost: s\r\nX-Postmark-Server-Token: {TOKEN}\r\nContent-Length: 1000000\r\n"
    );
    let (answer, end) = exchange(&simulator, head.as_bytes()).await;
    assert_eq!((answer.len(), end), (0, Some(ErrorKind::ConnectionReset)));
    assert_eq!(simulator.ledger().accepted(), 0);
    assert_eq!(simulator.ledger().counts().requests, 1);
}

#[tokio::test]
async fn a_reset_before_reading_also_meets_the_second_request_of_a_connection() {
    let simulator = start().await;
    simulator.faults().add(
        FaultRule::new(Fault::Reset { accepted: false })
            .path("/email")
            .skip(1)
            .times(1),
    );
    let mut stream = TcpStream::connect(simulator.address()).await.unwrap();
    let request = raw_request(&message(json!({})));
    stream.write_all(&request).await.unwrap();
    let mut first = [0; 2048];
    let read = in_time("the first answer", stream.read(&mut first))
        .await
        .unwrap();
    assert!(first[..read].starts_with(b"HTTP/1.1 200"));
    let _ = stream.write_all(&request).await;
    let mut second = Vec::new();
    let end = in_time("the reset", stream.read_to_end(&mut second))
        .await
        .unwrap_err();
    assert_eq!((second.len(), end.kind()), (0, ErrorKind::ConnectionReset));
    let counts = simulator.ledger().counts();
    assert_eq!(
        (counts.connections, counts.requests, counts.accepted),
        (1, 2, 1)
    );
}

#[tokio::test]
async fn a_hanging_request_is_accepted_or_not_and_never_answered() {
    for accepted in [false, true] {
        let simulator = with_fault(Fault::Hang { accepted }).await;
        let mut stream = TcpStream::connect(simulator.address()).await.unwrap();
        stream
            .write_all(&raw_request(&message(json!({}))))
            .await
            .unwrap();
        if accepted {
            in_time("the acceptance", simulator.ledger().wait_for_accepted(1)).await;
        } else {
            in_time("the hit", async {
                while simulator.faults().fired() == 0 {
                    tokio::task::yield_now().await;
                }
            })
            .await;
        }
        // Others are served meanwhile; the hanging one still has nothing.
        assert_eq!(get(&simulator, "/server").await.status, 200);
        let mut byte = [0; 1];
        let nothing = stream.try_read(&mut byte).unwrap_err();
        assert_eq!(nothing.kind(), ErrorKind::WouldBlock);
        assert_eq!(simulator.ledger().accepted(), usize::from(accepted));
    }
}

#[tokio::test]
async fn a_cut_answer_stops_in_the_middle_of_its_announced_length() {
    let simulator = with_fault(Fault::CutBody {}).await;
    let (answer, end) = exchange(&simulator, &raw_request(&message(json!({})))).await;
    assert_eq!(end, None);
    let text = String::from_utf8(answer).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK"), "{head}");
    let announced = head
        .to_lowercase()
        .split_once("content-length: ")
        .unwrap()
        .1
        .to_owned();
    let announced: usize = announced.lines().next().unwrap().trim().parse().unwrap();
    assert!(!body.is_empty() && body.len() == announced / 2, "{text}");
    assert_eq!(simulator.ledger().accepted(), 1);
    simulator.faults().add(FaultRule::new(Fault::CutBody {}));
    assert!(try_send(&simulator).await.unwrap().bytes().await.is_err());
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
async fn a_switched_off_simulator_refuses_connections_until_it_is_on_again() {
    let simulator = start().await;
    let client = http();
    let url = format!("{}/server", simulator.base_url());
    let ask = || {
        client
            .get(&url)
            .header("X-Postmark-Server-Token", TOKEN)
            .header("Accept", "*/*")
            .send()
    };
    assert_eq!(ask().await.unwrap().status(), 200);
    simulator.switch_off().await;
    simulator.switch_off().await;
    assert!(ask().await.unwrap_err().is_connect());
    let refused = TcpStream::connect(simulator.address()).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    simulator.switch_on().await.unwrap();
    simulator.switch_on().await.unwrap();
    assert_eq!(ask().await.unwrap().status(), 200);
    assert_eq!(
        simulator.base_url(),
        format!("http://{}", simulator.address())
    );
}

#[tokio::test]
async fn switching_off_breaks_a_request_in_the_middle() {
    let simulator = with_fault(Fault::Hang { accepted: true }).await;
    let mut stream = TcpStream::connect(simulator.address()).await.unwrap();
    stream
        .write_all(&raw_request(&message(json!({}))))
        .await
        .unwrap();
    in_time("the acceptance", simulator.ledger().wait_for_accepted(1)).await;
    simulator.switch_off().await;
    let mut answer = Vec::new();
    let end = in_time("the end", stream.read_to_end(&mut answer)).await;
    assert!(answer.is_empty(), "{end:?}");
    assert_eq!(simulator.ledger().accepted(), 1);
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
