//! A doubt that a person settles: at the command line and over HTTP, with a host that runs and without one.

use plugin_testkit::simulator::{Fault, FaultRule};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::api::{Api, read};
use crate::support::service::{Service, TOKEN};
use crate::support::{HostRun, run_host};

/// Nothing but a person settles a doubt here, and calls are soon over.
const DELIVERY: &str = "[delivery]\nsoft_deadline = \"1s\"\nhard_deadline = \"1s\"\nreconcile_after = \"24h\"\n[store]";

async fn service() -> Service {
    let service = Service::edited(|config| config.replace("[store]", DELIVERY)).await;
    let lost = FaultRule::new(Fault::ServerError { accepted: false });
    service.simulator.faults().add(lost.path("/email").times(1));
    service.within_reach()
}

/// A message of which nobody knows whether it was sent.
async fn in_doubt(api: &Api) -> String {
    let id = api.send(json!({ "AccountUID": "other" })).await;
    api.in_state(&id, "in-doubt").await;
    id
}

fn command(service: &Service, arguments: &[&str]) -> HostRun {
    let all = [arguments, &["--config"]].concat();
    tokio::task::block_in_place(|| run_host(&all, &service.config()))
}

fn resolve(service: &Service, id: &str, arguments: &[&str]) -> HostRun {
    command(service, &[&["messages", "resolve", id], arguments].concat())
}

/// Says "not sent" until the call is surely over.
fn resolve_when_over(service: &Service, id: &str) -> HostRun {
    loop {
        let run = resolve(
            service,
            id,
            &["--not-sent", "--reason", "not in their activity log"],
        );
        if !run.stderr.contains("may still be running") {
            return run;
        }
        assert_eq!(run.code, Some(1), "{}", run.stderr);
    }
}

fn record(service: &Service, id: &str) -> Value {
    let shown = command(service, &["messages", "show", id, "--json"]);
    serde_json::from_str(&shown.stdout).expect("JSON")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_was_not_sent_is_sent_again_by_the_running_host() {
    let service = service().await;
    let api = Api::of(&service);
    let id = in_doubt(&api).await;
    let run = resolve_when_over(&service, &id);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let details = api.in_state(&id, "sent").await;
    assert_eq!(details["Attempts"].as_array().map(Vec::len), Some(2));
    assert_eq!(service.simulator.ledger().accepted(), 1);
    let again = resolve(&service, &id, &["--sent"]);
    assert_eq!(again.code, Some(1));
    assert!(
        again.stderr.contains("not in doubt, it is sent"),
        "{}",
        again.stderr
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_was_sent_is_settled_with_who_says_so_and_why() {
    let service = service().await;
    let api = Api::of(&service);
    let id = in_doubt(&api).await;
    let path = format!("/api/messages/{id}/resolve");
    let say = |api: &Api, body: &Value| read(api.request(Method::POST, &path).json(body));
    for faulty in [
        json!({}),
        json!({ "sent": false, "provider_message_id": "x" }),
        json!({ "sent": true, "why": "" }),
        json!({ "sent": true, "reason": "two\nlines" }),
    ] {
        let (status, problem) = say(&api, &faulty).await;
        assert_eq!(
            (status.as_u16(), &problem["status"]),
            (400, &json!(400)),
            "{problem}"
        );
    }
    let form = api.request(Method::POST, &path).body("{\"sent\": true}");
    assert_eq!(read(form).await.0, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let word = json!({ "sent": true, "provider_message_id": "their-id", "by": "Ann", "reason": "it is in their log" });
    let (status, _) = say(&Api::with_token(&service, TOKEN), &word).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "another account's message");
    let (status, answer) = say(&api, &word).await;
    assert_eq!(
        (status, answer),
        (
            StatusCode::OK,
            json!({ "tracking_id": id, "state": "sent" })
        )
    );
    let (status, problem) = say(&api, &word).await;
    assert_eq!(
        (status.as_u16(), &problem["status"]),
        (409, &json!(409)),
        "said once: {problem}"
    );
    let details = api.in_state(&id, "sent").await;
    assert_eq!(details["ProviderMessageID"], "their-id");
    let record = record(&service, &id);
    let lines = record["timeline"].as_array().expect("a list");
    let line = lines.last().expect("a line");
    assert_eq!(
        (&line["kind"], &line["source"], &line["detail"]),
        (
            &json!("resolved"),
            &json!("host"),
            &json!("sent, says Ann: it is in their log")
        )
    );
    assert_eq!(
        service.simulator.ledger().accepted(),
        0,
        "the person is believed"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_doubt_is_settled_while_no_host_runs_for_the_next_one_to_go_on_from() {
    let mut service = service().await;
    let id = in_doubt(&Api::of(&service)).await;
    assert_eq!(service.stop(), Some(0));
    let run = resolve_when_over(&service, &id);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(record(&service, &id)["state"], "retry-wait");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_resolved_is_said_with_the_right_exit_code() {
    let service = service().await;
    let unknown = Uuid::new_v4().to_string();
    for (id, arguments, code, words) in [
        (unknown.as_str(), &["--sent"][..], 1, "no message"),
        ("7", &["--sent"], 2, "message id `7`"),
        (&unknown, &[], 2, "--sent"),
        (
            &unknown,
            &["--sent", "--not-sent"],
            2,
            "cannot be used with",
        ),
        (
            &unknown,
            &["--not-sent", "--provider-message-id", "x"],
            2,
            "cannot be used with",
        ),
    ] {
        let run = resolve(&service, id, arguments);
        assert_eq!(run.code, Some(code), "{}", run.stderr);
        assert!(run.stderr.contains(words), "{}", run.stderr);
    }
}
