//! Secrets stay where they belong: not in the log, the store, the answers or the arguments of the process.

use std::os::unix::fs::PermissionsExt as _;

use plugin_testkit::simulator::{Fault, FaultRule, PostmarkConfig};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::PATIENCE;
use crate::support::api::Api;
use crate::support::service::{HOOK, SERVICE_TOKEN, Service, TOKEN};

const PLANTED: &str = "a-secret-planted-in-an-address";

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_written_anywhere() {
    let service = Service::start(PostmarkConfig::with_token(SERVICE_TOKEN)).await;
    let http = reqwest::Client::builder()
        .no_proxy()
        .build()
        .expect("a client");
    let mut answers = Vec::new();

    let sent = post(&http, &service, TOKEN, "ann@example.com").await;
    let id = sent["MessageID"].as_str().expect("accepted").to_owned();
    answers.push(sent.to_string());
    service.simulator.ledger().wait_for_accepted(1).await;
    service.simulator.faults().add(
        FaultRule::new(Fault::Unauthorized {})
            .path("/email")
            .times(1),
    );
    answers.push(
        post(&http, &service, TOKEN, "bob@example.com")
            .await
            .to_string(),
    );
    answers.push(
        post(&http, &service, "wrong", "eve@example.com")
            .await
            .to_string(),
    );
    for path in [
        format!("/messages/outbound/{id}/details"),
        "/readyz".to_owned(),
        "/".to_owned(),
        "/api/events?after=0".to_owned(),
    ] {
        let answer = http
            .get(format!("{}{path}", service.base))
            .header("X-Postmark-Server-Token", TOKEN)
            .send()
            .await
            .expect("an answer");
        answers.push(answer.text().await.expect("a body"));
    }
    let refused = async {
        while !service.log().contains("the provider rests") {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, refused)
        .await
        .expect("the refusal is logged");

    let log = service.log();
    assert!(log.contains("scope=account"), "{log}");
    let arguments = std::fs::read(format!("/proc/{}/cmdline", service.pid())).expect("it runs");
    let written = files_but_the_configuration(&service);
    for secret in [SERVICE_TOKEN, TOKEN, HOOK.1] {
        assert!(!log.contains(secret), "in the log");
        assert!(
            !answers.iter().any(|answer| answer.contains(secret)),
            "in an answer"
        );
        assert!(!holds(&arguments, secret), "in the arguments");
        for (name, content) in &written {
            assert!(!holds(content, secret), "in {name}");
        }
    }
    for address in ["ann@example.com", "bob@example.com", "eve@example.com"] {
        assert!(!log.contains(address), "an address is in the log:\n{log}");
    }
}

/// Somebody put the secret into the address that the service posts to.
#[tokio::test(flavor = "multi_thread")]
async fn a_secret_in_an_address_is_not_kept() {
    let service = Service::start(PostmarkConfig::with_token(SERVICE_TOKEN)).await;
    let api = Api::of(&service);
    for (path, status) in [
        ("/webhooks/postmark-main", 200),
        ("/webhooks/postmark-main", 200),
        ("/api/DoNotContact/ProcessUnsubscribe", 200),
        ("/webhooks/nobody", 404),
    ] {
        let answer = api
            .plain(
                Method::POST,
                &format!("{path}?kind=all&token={PLANTED}&{PLANTED}"),
            )
            .basic_auth(HOOK.0, Some(HOOK.1))
            .json(&json!({ "RecordType": "Unheard" }))
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.status().as_u16(), status, "{path}");
    }
    let record =
        rusqlite::Connection::open(service.folder.path().join("host.db")).expect("a store");
    let kept: Vec<String> = record
        .prepare("SELECT query FROM webhooks")
        .and_then(|mut all| all.query_map([], |row| row.get(0))?.collect())
        .expect("webhooks");
    assert_eq!(
        kept,
        ["kind=&token=", "kind=&token="],
        "once for each way in"
    );
    assert!(!service.log().contains(PLANTED), "{}", service.log());
    for (name, content) in files_but_the_configuration(&service) {
        assert!(!holds(&content, PLANTED), "in {name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_can_read_what_the_host_keeps() {
    let service = Service::start(PostmarkConfig::with_token(SERVICE_TOKEN)).await;
    for file in ["host.db", "host.db-wal", "host.db-shm", "host.db.lock"] {
        let kept = std::fs::metadata(service.folder.path().join(file)).expect("it is there");
        assert_eq!(kept.permissions().mode() & 0o777, 0o600, "{file}");
    }
}

async fn post(http: &reqwest::Client, service: &Service, token: &str, to: &str) -> Value {
    let answer = http
        .post(format!("{}/email", service.base))
        .header("Accept", "application/json")
        .header("X-Postmark-Server-Token", token)
        .json(&json!({ "From": "sales@example.com", "To": to, "Subject": "Hello", "TextBody": "Hello" }))
        .send()
        .await
        .expect("an answer");
    answer.json().await.expect("JSON")
}

fn files_but_the_configuration(service: &Service) -> Vec<(String, Vec<u8>)> {
    let files = std::fs::read_dir(service.folder.path()).expect("the folder is there");
    files
        .filter_map(Result::ok)
        .filter(|file| file.path().is_file() && file.file_name() != "host.toml")
        .map(|file| {
            let content = std::fs::read(file.path()).expect("a file is readable");
            (file.file_name().to_string_lossy().into_owned(), content)
        })
        .collect()
}

fn holds(content: &[u8], secret: &str) -> bool {
    content
        .windows(secret.len())
        .any(|window| window == secret.as_bytes())
}
