//! The ledger, the mailboxes, and who is counted.

use plugin_testkit::simulator::{Fault, FaultRule};
use serde_json::json;

use crate::common::{TOKEN, get, http, in_time, message, post, send, start};

#[tokio::test]
async fn the_ledger_counts_connections_requests_and_messages() {
    let simulator = start().await;
    let client = http();
    let send_on_same = async || {
        let request = client.post(format!("{}/email", simulator.base_url()));
        let request = request
            .header("X-Postmark-Server-Token", TOKEN)
            .json(&message(json!({ "Tag": "t" })));
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.text().await.unwrap();
    };
    send_on_same().await;
    send_on_same().await;
    post(&simulator, "/email", message(json!({ "To": "" }))).await;
    let counts = simulator.ledger().counts();
    assert_eq!(
        (
            counts.connections,
            counts.requests,
            counts.accepted,
            counts.duplicates
        ),
        (2, 3, 2, 0)
    );
    let entries = simulator.ledger().entries();
    assert_eq!((entries[0].connection, entries[0].request), (1, 1));
    assert_eq!((entries[1].connection, entries[1].request), (1, 2));
    assert_eq!(
        (entries[0].subject.as_str(), entries[0].tag.as_deref()),
        ("Hello", Some("t"))
    );
}

#[tokio::test]
async fn the_ledger_is_readable_over_http_and_names_duplicates() {
    let simulator = start().await;
    let twice =
        message(json!({ "Metadata": { "TrackingId": "T-1" }, "MessageStream": "broadcast" }));
    let batch = json!([twice, message(json!({})), twice]);
    post(&simulator, "/email/batch", batch).await;
    let before = simulator.ledger().counts();
    let ledger = get(&simulator, "/ledger").await.body;
    assert_eq!(ledger["counts"]["accepted"], 3);
    assert_eq!(ledger["counts"]["duplicates"], 1);
    assert_eq!(ledger["duplicates"][0]["tracking_id"], "t-1");
    assert_eq!(ledger["messages"][2]["item"], 2);
    assert_eq!(ledger["messages"][2]["stream"], "broadcast");
    assert_eq!(ledger["messages"][0]["tracking_id"], "T-1");
    assert_eq!(
        simulator.ledger().counts().requests,
        before.requests,
        "reading the ledger is no request"
    );
    assert_eq!(simulator.ledger().find("t-1").len(), 2);
}

#[tokio::test]
async fn control_paths_meet_no_fault() {
    let simulator = start().await;
    simulator
        .faults()
        .add(FaultRule::new(Fault::Reset { accepted: false }));
    for path in [
        "/ledger",
        "/_control/clock",
        "/_control/faults",
        "/_control/webhooks",
        "/mailbox/a@example.com",
    ] {
        assert_eq!(get(&simulator, path).await.status, 200, "{path}");
    }
    assert_eq!(simulator.faults().fired(), 0);
}

#[tokio::test]
async fn waiting_for_messages_ends_when_they_are_there() {
    let simulator = start().await;
    let ledger = simulator.ledger();
    let sending = async {
        for _ in 0..3 {
            send(&simulator, message(json!({}))).await;
        }
    };
    in_time("three messages", async {
        tokio::join!(ledger.wait_for_accepted(3), sending)
    })
    .await;
    assert_eq!(ledger.accepted(), 3);
}

#[tokio::test]
async fn every_person_has_a_mailbox_and_bcc_is_seen_by_nobody() {
    let simulator = start().await;
    let people = json!({
        "To": "ann@example.com", "Cc": "cy@example.com", "Bcc": "bob@example.com", "Tag": "t",
        "Headers": [{ "Name": "X-Campaign", "Value": "spring" }], "ReplyTo": "r@example.com",
        "Metadata": { "TrackingId": "T" },
    });
    let id = send(&simulator, message(people)).await;
    for person in ["ann@example.com", "CY@example.com", "bob@example.com"] {
        let mailbox = get(&simulator, &format!("/mailbox/{person}")).await.body;
        let copy = &mailbox["Messages"][0];
        assert_eq!(
            (&copy["MessageID"], &copy["TrackingId"]),
            (&json!(id), &json!("T"))
        );
        assert_eq!(
            (&copy["To"], &copy["Cc"]),
            (&json!("ann@example.com"), &json!("cy@example.com"))
        );
        assert_eq!(copy["ReplyTo"], "r@example.com");
        assert!(!copy.to_string().contains("bob@"));
        let headers: Vec<&str> = copy["Headers"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["Name"].as_str().unwrap())
            .collect();
        assert_eq!(headers, ["X-PM-Message-Id", "X-PM-Tag", "X-Campaign"]);
    }
    send(
        &simulator,
        message(json!({ "To": "x@blackhole.postmarkapp.com" })),
    )
    .await;
    assert!(simulator.mailbox("x@blackhole.postmarkapp.com").is_empty());
    assert_eq!(
        get(&simulator, "/mailbox/nobody@example.com").await.body["Messages"],
        json!([])
    );
}
