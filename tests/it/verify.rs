//! `verify`, for whoever wants to know that nothing is missing and nobody was mailed twice.

use reqwest::Client;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::metrics::busy_service;
use crate::support::api::Api;
use crate::support::service::{SERVICE_TOKEN, Service};
use crate::support::{HostRun, eventually, run_host};

fn verify(service: &Service, arguments: &[&str]) -> HostRun {
    let all = [&["verify"], arguments, &["--config"]].concat();
    tokio::task::block_in_place(|| run_host(&all, &service.config()))
}

#[tokio::test(flavor = "multi_thread")]
async fn verify_accounts_for_every_message_while_the_host_runs() {
    let (service, _) = busy_service().await;
    let run = verify(&service, &["--json"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let balance: Value = serde_json::from_str(&run.stdout).expect("JSON");
    let expected = json!({
        "accepted": 4, "sent": 1, "suppressed": 1, "rejected": 1, "cancelled": 0, "waiting": 0, "sending": 0, "in_doubt": 1, "held": 0,
        "lost": 0, "doubled": 0, "lost_messages": [],
    });
    assert_eq!(balance, expected);
    let people = verify(&service, &[]);
    assert_eq!(people.code, Some(0));
    for words in [
        "accepted              4",
        "  lost                0",
        "doubled               0",
    ] {
        assert!(people.stdout.contains(words), "{}", people.stdout);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn verify_finds_what_is_lost_and_what_was_mailed_twice() {
    for (harm, lost, doubled, named) in [
        (
            "UPDATE attempts SET outcome = 'unavailable' WHERE outcome = 'in-doubt'",
            1,
            0,
            1,
        ),
        ("DELETE FROM attempts WHERE outcome = 'in-doubt'", 1, 0, 1),
        (
            "UPDATE messages SET state = 'sending' WHERE state = 'in-doubt'",
            1,
            0,
            1,
        ),
        (
            "PRAGMA foreign_keys = OFF; DELETE FROM messages WHERE state = 'sent'",
            1,
            0,
            0,
        ),
        (
            "UPDATE messages SET doubled = 2 WHERE state = 'sent'",
            0,
            2,
            0,
        ),
    ] {
        let (mut service, _) = busy_service().await;
        assert_eq!(service.stop(), Some(0));
        let record = rusqlite::Connection::open(service.folder.path().join("host.db"));
        record.and_then(|it| it.execute_batch(harm)).expect(harm);
        let run = verify(&service, &["--json"]);
        assert_eq!(run.code, Some(1), "{harm}: {}", run.stdout);
        let balance: Value = serde_json::from_str(&run.stdout).expect("JSON");
        assert_eq!(
            (&balance["accepted"], &balance["lost"], &balance["doubled"]),
            (&json!(4), &json!(lost), &json!(doubled)),
            "{harm}: {balance}"
        );
        let ids = balance["lost_messages"].as_array().expect("a list");
        assert_eq!(ids.len(), named, "{harm}");
        assert!(
            ids.iter()
                .all(|id| Uuid::parse_str(id.as_str().unwrap_or_default()).is_ok())
        );
    }
}

/// What the providers say, and the exit code.
fn compared(service: &Service, arguments: &[&str]) -> (Value, Option<i32>) {
    let run = verify(service, &[&["--json", "--compare"], arguments].concat());
    let report: Value = serde_json::from_str(&run.stdout).expect("JSON");
    (report["providers"].clone(), run.code)
}

#[tokio::test(flavor = "multi_thread")]
async fn providers_are_asked_whether_they_have_what_was_sent_and_once() {
    let service = Service::edited(|config| config).await;
    let api = Api::of(&service);
    let mut ids = Vec::new();
    for number in 0..3 {
        let id = api
            .send(json!({ "Subject": format!("Letter {number}") }))
            .await;
        api.in_state(&id, "sent").await;
        ids.push(id);
    }
    let expected = json!([{
        "provider": "postmark-main", "asked": 3, "found": 3, "other_id": 0, "several": 0, "not_shown": 0, "unknown": 0, "why": null,
    }]);
    assert_eq!(compared(&service, &[]), (expected, Some(0)));
    let (latest, _) = compared(&service, &["1"]);
    assert_eq!(latest[0]["asked"], 1);

    mail_again(&service, &ids[0]).await;
    let (twice, code) = compared(&service, &["0"]);
    assert_eq!(
        (&twice[0]["found"], &twice[0]["several"], code),
        (&json!(2), &json!(1), Some(1)),
        "{twice}"
    );
    let people = verify(&service, &["--compare"]);
    assert!(
        people.stderr.contains("postmark-main has mails"),
        "{}",
        people.stderr
    );

    let other_name = service.config();
    let config = std::fs::read_to_string(&other_name).expect("the configuration");
    std::fs::write(&other_name, config.replace("postmark-main", "renamed"))
        .expect("a writable folder");
    let (unknown, code) = compared(&service, &[]);
    assert_eq!(
        (&unknown[0]["unknown"], code),
        (&json!(3), Some(0)),
        "{unknown}"
    );
    assert_eq!(
        unknown[0]["why"],
        "provider postmark-main is no longer configured"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_of_another_account_with_the_same_id_is_no_second_mail() {
    let service = Service::edited(|config| config).await;
    let (api, id) = (Api::of(&service), Uuid::now_v7().to_string());
    for account in ["acme", "umbrella"] {
        api.send(json!({ "TrackingId": id, "AccountUID": account }))
            .await;
    }
    let both_are_sent = || {
        let balance: Value =
            serde_json::from_str(&verify(&service, &["--json"]).stdout).expect("JSON");
        balance["sent"] == 2
    };
    eventually("both are sent", both_are_sent);
    let (each_once, code) = compared(&service, &[]);
    assert_eq!(
        (&each_once[0]["found"], &each_once[0]["asked"], code),
        (&json!(2), &json!(2), Some(0)),
        "{each_once}"
    );
    mail_again(&service, &id).await;
    let (twice, code) = compared(&service, &[]);
    assert_eq!(
        (&twice[0]["several"], code),
        (&json!(2), Some(1)),
        "{twice}"
    );
}

/// Somebody else sends the message a second time, past the host.
async fn mail_again(service: &Service, id: &str) {
    let message = json!({
        "From": "sales@example.com", "To": "ann@example.com", "Subject": "Again", "TextBody": "Again", "Metadata": { "TrackingId": id },
    });
    let posted = Client::new()
        .post(format!("{}/email", service.simulator.base_url()))
        .header("X-Postmark-Server-Token", SERVICE_TOKEN)
        .header("Accept", "application/json")
        .json(&message)
        .send();
    assert!(posted.await.expect("an answer").status().is_success());
}
