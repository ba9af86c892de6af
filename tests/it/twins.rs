//! Two accounts with a message of the same id: neither is ever taken for the other.

use plugin_testkit::simulator::PostmarkConfig;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::api::{Api, mail, read};
use crate::support::run_host;
use crate::support::service::{SERVICE_TOKEN, Service};

const ACCOUNTS: [&str; 2] = ["first", "second"];

/// A service with twins.
async fn twins() -> (Service, Api, String) {
    let service = Service::start(PostmarkConfig::with_token(SERVICE_TOKEN)).await;
    let service = service.within_reach();
    let api = Api::of(&service);
    let id = Uuid::now_v7().to_string();
    for account in ACCOUNTS {
        let sent = api.send(json!({ "AccountUID": account, "TrackingId": id, "Subject": account }));
        assert_eq!(sent.await, id);
    }
    (service, api, id)
}

fn run(service: &Service, arguments: &[&str]) -> (Option<i32>, String) {
    let all = [arguments, &["--config"]].concat();
    let run = tokio::task::block_in_place(|| run_host(&all, &service.config()));
    (run.code, run.stdout + &run.stderr)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_asks_which_of_two_messages_is_meant() {
    let (service, _api, id) = twins().await;
    for command in [
        &["messages", "show", &id][..],
        &["explain", &id],
        &["messages", "resolve", &id, "--sent"],
    ] {
        let (code, said) = run(&service, command);
        assert_eq!(code, Some(2), "{command:?}: {said}");
        assert!(said.contains("`first`, `second`"), "{command:?}: {said}");
    }
    let (_, said) = run(&service, &["messages", "show", &id]);
    assert!(
        said.contains("--account 'first' or --account 'second'"),
        "{said}"
    );
    for account in ACCOUNTS {
        let show = ["messages", "show", &id, "--json", "--account", account];
        let (code, said) = run(&service, &show);
        assert_eq!(code, Some(0), "{said}");
        let shown: Value = serde_json::from_str(&said).expect("JSON");
        assert_eq!(shown["subject"], account);
        let (code, said) = run(&service, &["explain", &id, "--account", account]);
        assert_eq!(code, Some(0), "{said}");
    }
    let (code, said) = run(&service, &["messages", "show", &id, "--account", "third"]);
    assert_eq!(code, Some(1), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_for_every_account_names_the_one_it_means() {
    let (_service, api, id) = twins().await;
    let path = format!("/messages/outbound/{id}");
    let asked = [
        (Method::GET, format!("{path}/details")),
        (Method::GET, format!("{path}/dump")),
        (Method::DELETE, path.clone()),
    ];
    for (method, path) in asked {
        let (status, answer) = read(api.request(method, &path)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{path}: {answer}");
        assert_eq!(answer["ErrorCode"], 10411, "{path}: {answer}");
    }
    let named = format!("{path}/details?accountuid=second");
    let (status, details) = api.get(&named).await;
    assert_eq!(
        (status, &details["Subject"]),
        (StatusCode::OK, &json!("second"))
    );
    let all = format!("/messages/outbound?count=10&offset=0&metadata_TrackingId={id}");
    assert_eq!(api.get(&all).await.1["TotalCount"], 2);
    let resolve = format!("/api/messages/{id}/resolve");
    let (status, problem) = api.post(&resolve, &json!({ "sent": true })).await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");
    let word = json!({ "sent": true, "account": "third" });
    assert_eq!(api.post(&resolve, &word).await.0, StatusCode::NOT_FOUND);
    let (status, page) = read(api.request(Method::GET, &format!("/message/{id}"))).await;
    assert_eq!(status, StatusCode::CONFLICT, "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_sent_is_followed_in_its_own_account() {
    let (service, _api, id) = twins().await;
    let letter = mail(json!({ "Metadata": { "accountUID": "Third" }, "TrackingId": id }));
    let file = service.folder.path().join("mail.json");
    std::fs::write(&file, letter.to_string()).expect("a writable folder");
    let file = file.to_str().expect("UTF-8");
    let (code, said) = run(&service, &["send", file, "--json"]);
    assert_eq!(code, Some(0), "{said}");
    let sent: Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!(sent["account"], "Third");
}
