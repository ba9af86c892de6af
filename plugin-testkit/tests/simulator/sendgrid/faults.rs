//! Every fault, as a client of SendGrid meets it.

use plugin_testkit::simulator::{
    Fault, FaultRule, FaultScript, InactiveWording, RunningSimulator, SendgridConfig,
    SimulatorConfig,
};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::common::{KEY, get, request, send, start, to, try_send};
use crate::common::{http, in_time, start_with};

/// A simulator whose first send meets this fault.
async fn with_fault(fault: Fault) -> RunningSimulator {
    let simulator = start().await;
    let rule = FaultRule::new(fault).path("/v3/mail/send").times(1);
    simulator.faults().add(rule);
    simulator
}

/// A send as bytes, and what comes back until the other side ends.
async fn exchange(simulator: &RunningSimulator) -> (String, Option<std::io::ErrorKind>) {
    let body = request(json!({})).to_string();
    let head = format!(
        "POST /v3/mail/send HTTP/1.1\r\nHost: s\r\nContent-Type: application/json\r\nAuthorization: Bearer {KEY}\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = TcpStream::connect(simulator.address()).await.unwrap();
    // A reset may come while we are still writing; reading tells.
    let _ = stream.write_all((head + &body).as_bytes()).await;
    let mut answer = Vec::new();
    let end = in_time("the end of the connection", stream.read_to_end(&mut answer)).await;
    (
        String::from_utf8(answer).unwrap(),
        end.err().map(|error| error.kind()),
    )
}

#[tokio::test]
async fn throttling_tells_when_it_ends_or_does_not() {
    let before = jiff::Timestamp::now().as_second();
    let simulator = with_fault(Fault::Throttled {
        retry_after_secs: Some(7),
    })
    .await;
    let answer = try_send(&simulator, request(json!({}))).await;
    assert_eq!(
        (answer.status, answer.message()),
        (429, "too many requests")
    );
    assert_eq!(answer.header("X-RateLimit-Remaining"), Some("0"));
    let reset: i64 = answer.header("X-RateLimit-Reset").unwrap().parse().unwrap();
    assert!(reset >= before + 7 && reset <= jiff::Timestamp::now().as_second() + 7);
    assert_eq!(answer.header("Retry-After"), None);
    send(&simulator, request(json!({}))).await;
    let simulator = with_fault(Fault::Throttled {
        retry_after_secs: None,
    })
    .await;
    let answer = try_send(&simulator, request(json!({}))).await;
    assert_eq!(
        (answer.status, answer.header("X-RateLimit-Reset")),
        (429, None)
    );
    assert_eq!(simulator.ledger().accepted(), 0);
}

#[tokio::test]
async fn refusals_accept_nothing_and_errors_perhaps() {
    for (fault, status, accepted) in [
        (Fault::Maintenance {}, 503, 0),
        (Fault::Unauthorized {}, 401, 0),
        (Fault::ServerError { accepted: false }, 500, 0),
        (Fault::ServerError { accepted: true }, 500, 1),
    ] {
        let simulator = with_fault(fault).await;
        let answer = try_send(&simulator, request(json!({}))).await;
        assert_eq!((answer.status, answer.fields()), (status, vec!["null"]));
        assert_eq!(answer.header("X-Message-Id"), None);
        assert_eq!(simulator.ledger().accepted(), accepted);
    }
}

#[tokio::test]
async fn wrong_and_halved_answers_are_accepted_without_an_id() {
    for (fault, body) in [
        (
            Fault::WrongJson {},
            json!({ "Status": "processed", "Items": [1, 2, 3] }),
        ),
        (Fault::TruncatedJson {}, json!("")),
    ] {
        let simulator = with_fault(fault).await;
        let answer = try_send(&simulator, request(json!({}))).await;
        assert_eq!((answer.status, &answer.body), (200, &body));
        assert_eq!(answer.header("X-Message-Id"), None);
        assert_eq!(simulator.ledger().accepted(), 1);
    }
    let simulator = start().await;
    simulator
        .faults()
        .add(FaultRule::new(Fault::TruncatedJson {}).path("/v3/scopes"));
    let halved = get(&simulator, "/v3/scopes").await;
    assert!(
        halved.body.as_str().unwrap().starts_with("{\"scopes\""),
        "{halved:?}"
    );
}

#[tokio::test]
async fn a_proxy_stands_in_front_or_instead() {
    for (status, accepted) in [(403, false), (502, true)] {
        let simulator = with_fault(Fault::ProxyHtml { status, accepted }).await;
        let answer = try_send(&simulator, request(json!({}))).await;
        assert_eq!(answer.status, status);
        assert!(answer.body.as_str().unwrap().starts_with("<!DOCTYPE html>"));
        assert_eq!(simulator.ledger().accepted(), usize::from(accepted));
    }
}

#[tokio::test]
async fn connections_end_in_every_wrong_way() {
    use std::io::ErrorKind::ConnectionReset;
    for (fault, end, accepted) in [
        (Fault::DropAfterAccept {}, None, 1),
        (Fault::Reset { accepted: true }, Some(ConnectionReset), 1),
        (Fault::Reset { accepted: false }, Some(ConnectionReset), 0),
    ] {
        let simulator = with_fault(fault).await;
        assert_eq!(exchange(&simulator).await, (String::new(), end));
        assert_eq!(simulator.ledger().accepted(), accepted);
        assert_eq!(simulator.ledger().counts().requests, 1);
    }
}

#[tokio::test]
async fn a_cut_answer_ends_before_the_body_it_announced() {
    let simulator = with_fault(Fault::CutBody {}).await;
    let (answer, end) = exchange(&simulator).await;
    assert_eq!(end, None);
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 202 Accepted"), "{head}");
    assert!(
        head.to_lowercase().contains("content-length: 1\r\n"),
        "{head}"
    );
    assert_eq!(body, "");
    assert_eq!(simulator.ledger().accepted(), 1);
}

#[tokio::test]
async fn a_hanging_request_is_accepted_or_not_and_never_answered() {
    for accepted in [true, false] {
        let simulator = with_fault(Fault::Hang { accepted }).await;
        let mut hanging = tokio::spawn({
            let url = format!("{}/v3/mail/send", simulator.base_url());
            http()
                .post(url)
                .bearer_auth(KEY)
                .json(&request(json!({})))
                .send()
        });
        in_time("the hit", async {
            while simulator.faults().fired() == 0 {
                tokio::task::yield_now().await;
            }
        })
        .await;
        // Others are served meanwhile; by then the hanging one has been accepted, or will not be.
        send(&simulator, request(json!({}))).await;
        in_time(
            "the acceptance",
            simulator
                .ledger()
                .wait_for_accepted(1 + usize::from(accepted)),
        )
        .await;
        let waiting = tokio::time::timeout(std::time::Duration::ZERO, &mut hanging).await;
        assert!(waiting.is_err(), "{waiting:?}");
        hanging.abort();
        assert_eq!(simulator.ledger().accepted(), 1 + usize::from(accepted));
    }
}

#[tokio::test]
async fn rules_look_into_personalizations() {
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
    let with = |field: &str, value: Value| {
        let mut own = to("ann@example.com");
        own[field] = value;
        json!({ "personalizations": [to("bob@example.com"), own] })
    };
    for change in [
        with("bcc", json!([{ "email": "slow@example.com" }])),
        with("subject", json!("very URGENT")),
        with("custom_args", json!({ "trackingid": "a-1" })),
        json!({ "custom_args": { "TrackingId": "a-1" } }),
        json!({ "subject": "Urgent" }),
        json!({ "categories": ["bad-tag", "other"] }),
    ] {
        assert_eq!(
            try_send(&simulator, request(change.clone())).await.status,
            503,
            "{change}"
        );
    }
    assert_eq!(
        try_send(&simulator, request(json!({ "categories": ["other"] })))
            .await
            .status,
        202
    );
    assert_eq!(get(&simulator, "/v3/scopes").await.status, 200);
}

#[tokio::test]
async fn everybody_is_dropped_when_all_count_as_suppressed() {
    let wording = InactiveWording::default();
    let simulator = with_fault(Fault::Inactive { wording }).await;
    send(&simulator, request(json!({}))).await;
    let entry = simulator.ledger().entries().remove(0);
    assert_eq!(
        (entry.recipients.len(), entry.suppressed),
        (0, vec!["ann@example.com".to_owned()])
    );
    assert!(simulator.mailbox("ann@example.com").is_empty());
}

#[tokio::test]
async fn the_example_script_serves_here_too() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/faults.toml");
    let config = SimulatorConfig::sendgrid(SendgridConfig::with_key(KEY));
    let script = FaultScript::load(path).unwrap();
    let simulator = start_with(config.faults(script)).await;
    let own = |email: &str| request(json!({ "personalizations": [to(email)] }));
    for (person, statuses) in [
        ("throttled@example.com", [429, 429, 202]),
        ("error-accepted@example.com", [500, 500, 500]),
        ("inactive@example.com", [202, 202, 202]),
        ("ann@example.com", [202, 202, 202]),
    ] {
        for status in statuses {
            assert_eq!(
                try_send(&simulator, own(person)).await.status,
                status,
                "{person}"
            );
        }
    }
    assert_eq!(simulator.ledger().accepted(), 10);
}

#[tokio::test]
async fn faults_come_over_http_as_well() {
    let simulator = start().await;
    let rule = json!({ "fault": { "kind": "server-error", "accepted": true }, "when": { "to": "ann@" }, "rate": 1.0 });
    let listed = super::common::post(&simulator, "/_control/faults", rule).await;
    assert_eq!(listed.body["rules"][0]["fault"]["kind"], "server-error");
    assert_eq!(try_send(&simulator, request(json!({}))).await.status, 500);
    assert_eq!(simulator.ledger().accepted(), 1);
}
