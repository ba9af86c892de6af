//! The sending API of a running host: what an application relies on, over real sockets.

use plugin_testkit::simulator::{Fault, FaultRule, PostmarkConfig};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::api::{Api, mail, read};
use crate::support::service::{ACCOUNT, SERVICE_TOKEN, Service};

async fn service() -> Service {
    Service::start(PostmarkConfig::with_token(SERVICE_TOKEN)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_accepted_sent_and_read_back() {
    let service = service().await;
    let api = Api::of(&service);
    let id = api
        .send(json!({ "Tag": "welcome", "LeadUID": "lead-1", "AccountUID": ACCOUNT, "Metadata": { "Colour": "red" },
                      "Attachments": [{ "Name": "a.txt", "Content": "aGk=", "ContentType": "text/plain" }] }))
        .await;
    let details = api.in_state(&id, "sent").await;
    let kept = &service.simulator.ledger().entries()[0];
    assert_eq!(details["ProviderMessageID"], json!(kept.message_id));
    assert_eq!(
        (&details["Provider"], &details["Attempts"][0]["Outcome"]),
        (&json!("postmark-main"), &json!("sent"))
    );
    assert_eq!(details["TextBody"], "Hello, Ann.");
    assert_eq!(details["Attachments"], json!(["a.txt"]));
    assert_eq!(details["Metadata"]["TrackingId"], json!(id));
    assert_eq!(details["Recipients"], json!(["ann@example.com"]));
    assert_eq!(
        (
            &details["RecipientStatuses"][0]["Recipient"],
            &details["RecipientStatuses"][0]["Kind"],
            &details["RecipientStatuses"][0]["Status"]
        ),
        (&json!("ann@example.com"), &json!("To"), &json!("sent"))
    );
    assert!(
        !details["Routing"]["Decisions"]
            .as_array()
            .expect("a list")
            .is_empty()
    );

    for filter in [
        "tag=welcome",
        "TAG=welcome",
        "recipient=ANN@example.com",
        "fromemail=sales@example.com",
        "subject=hell",
        "status=sent",
        "metadata_colour=red",
        "metadata_LeadUID=lead-1",
        "messagestream=outbound",
    ] {
        let (status, found) = api
            .get(&format!("/messages/outbound?count=5&offset=0&{filter}"))
            .await;
        assert_eq!(
            (status, &found["TotalCount"]),
            (StatusCode::OK, &json!(1)),
            "{filter}: {found}"
        );
        assert_eq!(found["Messages"][0]["MessageID"], json!(id), "{filter}");
        assert_eq!(
            found["Messages"][0]["Recipients"],
            json!(["ann@example.com"]),
            "{filter}"
        );
    }
    let (_, none) = api
        .get("/messages/outbound?count=5&offset=0&tag=other")
        .await;
    assert_eq!(none, json!({ "TotalCount": 0, "Messages": [] }));
    let (_, dump) = api.get(&format!("/messages/outbound/{id}/dump")).await;
    assert!(
        dump["Body"]
            .as_str()
            .expect("text")
            .contains("Subject: Hello"),
        "{dump}"
    );
}

/// The fields of a list that Postmark's own list has, in the types that typed clients expect.
#[tokio::test(flavor = "multi_thread")]
async fn a_search_shows_what_postmarks_does_and_hides_no_stream_unasked() {
    let service = service().await;
    let api = Api::of(&service);
    let plain = api.send(json!({})).await;
    let named = api
        .send(json!({ "MessageStream": "outbound", "Tag": "named" }))
        .await;
    let other = api
        .send(json!({ "MessageStream": "broadcast", "TrackOpens": true, "TrackLinks": "HtmlOnly", "Cc": "Bob <bob@example.com>",
                      "Attachments": [{ "Name": "a.txt", "Content": "aGk=", "ContentType": "text/plain" }] }))
        .await;
    let found = async |filter: &str| {
        let (_, page) = api
            .get(&format!("/messages/outbound?count=9&offset=0{filter}"))
            .await;
        page["Messages"].as_array().expect("a list").clone()
    };
    let ids = |messages: &[Value]| -> Vec<Value> {
        messages.iter().map(|it| it["MessageID"].clone()).collect()
    };
    let all = found("").await;
    assert_eq!(ids(&all), [json!(other), json!(named), json!(plain)]);
    let outbound = found("&messagestream=outbound").await;
    assert_eq!(ids(&outbound), [json!(named), json!(plain)]);
    let broadcast = found("&messagestream=broadcast").await;
    assert_eq!(ids(&broadcast), [json!(other)]);
    let (shown, default) = (&all[0], &all[2]);
    assert_eq!(shown["Attachments"], json!(["a.txt"]));
    assert_eq!(
        (&shown["TrackOpens"], &default["TrackOpens"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(
        (&shown["TrackLinks"], &default["TrackLinks"]),
        (&json!("HtmlOnly"), &json!("None"))
    );
    assert_eq!(
        shown["Cc"],
        json!([{ "Email": "bob@example.com", "Name": "Bob" }])
    );
    assert_eq!(
        shown["Recipients"],
        json!(["ann@example.com", "bob@example.com"])
    );
    assert_eq!(
        (&shown["Sandboxed"], &shown["MessageStream"]),
        (&json!(false), &json!("broadcast"))
    );
    assert_eq!(default["MessageStream"], "outbound");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_gets_the_first_answer_and_nobody_is_mailed_twice() {
    let service = service().await;
    let api = Api::of(&service);
    let id = Uuid::new_v4().to_string();
    let message = mail(json!({ "TrackingId": id }));
    let (_, first) = api.post("/email", &message).await;
    api.in_state(&id, "sent").await;
    let (status, again) = api.post("/email", &message).await;
    assert_eq!((status, &again), (StatusCode::OK, &first));
    let (status, other) = api
        .post(
            "/email",
            &mail(json!({ "TrackingId": id, "Subject": "Other" })),
        )
        .await;
    assert_eq!(
        (status, &other["ErrorCode"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!(10409))
    );

    let keyed = |key: &str| {
        api.request(Method::POST, "/email")
            .header("Idempotency-Key", key)
            .json(&mail(json!({})))
    };
    let (_, first) = read(keyed("order-1")).await;
    let again = keyed("order-1").send().await.expect("an answer");
    assert_eq!(again.headers()["Idempotent-Replayed"], "true");
    assert_eq!(
        again.json::<Value>().await.expect("JSON")["MessageID"],
        first["MessageID"]
    );
    let (_, other) = read(keyed("order-2")).await;
    assert_ne!(other["MessageID"], first["MessageID"]);
    api.in_state(other["MessageID"].as_str().expect("an id"), "sent")
        .await;
    api.in_state(first["MessageID"].as_str().expect("an id"), "sent")
        .await;
    assert_eq!(service.simulator.ledger().accepted(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_answers_each_message_in_its_place() {
    let service = service().await;
    let api = Api::of(&service);
    let batch = json!([
        mail(json!({})),
        mail(json!({ "To": "nobody@localhost" })),
        mail(json!({ "From": 7 })),
        mail(json!({}))
    ]);
    let (status, answers) = api.post("/email/batch", &batch).await;
    assert_eq!(status, StatusCode::OK);
    let codes: Vec<_> = answers
        .as_array()
        .expect("a list")
        .iter()
        .map(|it| it["ErrorCode"].clone())
        .collect();
    assert_eq!(codes, [0, 300, 403, 0]);
    for index in [0, 3] {
        api.in_state(answers[index]["MessageID"].as_str().expect("an id"), "sent")
            .await;
    }
    assert_eq!(service.simulator.ledger().accepted(), 2);
    let many = Value::Array(vec![mail(json!({})); 501]);
    let (status, refused) = api.post("/email/batch", &many).await;
    assert_eq!(
        (status, &refused["ErrorCode"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!(410))
    );
    let (status, empty) = api.post("/email/batch", &json!([])).await;
    assert_eq!((status, empty), (StatusCode::OK, json!([])));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_called_back_while_it_waits_and_not_after_it_went() {
    let service = service().await;
    let api = Api::of(&service);
    let cancel = |id: String| async {
        read(api.request(Method::DELETE, &format!("/messages/outbound/{}", { id }))).await
    };
    service.simulator.switch_off().await;
    let waiting = api.send(json!({})).await;
    api.in_state(&waiting, "retry-wait").await;
    let (status, answer) = cancel(waiting.clone()).await;
    assert_eq!(
        (status, &answer["ErrorCode"]),
        (StatusCode::OK, &json!(0)),
        "{answer}"
    );
    api.in_state(&waiting, "cancelled").await;
    service
        .simulator
        .switch_on()
        .await
        .expect("the port is still free");
    let sent = api.send(json!({})).await;
    api.in_state(&sent, "sent").await;
    let (status, refused) = cancel(sent).await;
    assert_eq!(
        (status, &refused["ErrorCode"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!(10410))
    );
    assert_eq!(service.simulator.ledger().accepted(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_is_told_to_stop_finishes_what_is_in_flight() {
    let mut service = service().await;
    let api = Api::of(&service);
    let slow = Fault::Latency { ms: 500 };
    service
        .simulator
        .faults()
        .add(FaultRule::new(slow).path("/email").times(1));
    let id = api.send(json!({})).await;
    api.in_state(&id, "sending").await;
    assert_eq!(service.stop(), Some(0), "{}", service.log());
    assert_eq!(service.simulator.ledger().accepted(), 1);
    let record = plugin_host::Record::open(&service.folder.path().join("host.db"))
        .expect("the store is there");
    let key = plugin_host::MessageKey::any(id.parse().expect("an id"));
    let view = record
        .message(&key)
        .await
        .expect("it is readable")
        .expect("it is known");
    assert_eq!(view.summary.state, plugin_host::MessageState::Sent);
}
