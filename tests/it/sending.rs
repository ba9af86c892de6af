//! The sending API of a running host: what an application relies on, over real sockets.

use plugin_testkit::simulator::{Fault, FaultRule, PostmarkConfig};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use uuid::Uuid;

use crate::support::api::{Api, mail, read};
use crate::support::service::{ACCOUNT, OPEN_TOKEN, SERVICE_TOKEN, Service, TOKEN};

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
    assert_eq!(details["Recipients"][0]["Email"], "ann@example.com");
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
async fn every_refusal_of_the_sending_api_is_in_postmarks_envelope() {
    let service = service().await;
    let api = Api::of(&service);
    let request = |method: Method, path: &str| api.request(method, path);
    let large = || "x".repeat(10 * 1024 * 1024 + 1);
    let json_type = ("Content-Type", "application/json");
    for (what, request, status, code) in [
        (
            "no token",
            api.plain(Method::POST, "/email").json(&mail(json!({}))),
            401,
            10,
        ),
        (
            "wrong token",
            api.plain(Method::POST, "/email")
                .header("X-Postmark-Server-Token", "no")
                .json(&mail(json!({}))),
            401,
            10,
        ),
        (
            "no such path",
            request(Method::GET, "/stats/outbound"),
            404,
            12,
        ),
        ("wrong method", request(Method::PUT, "/email"), 405, 12),
        (
            "no JSON",
            request(Method::POST, "/email").body("{}"),
            415,
            409,
        ),
        (
            "broken JSON",
            request(Method::POST, "/email")
                .header(json_type.0, json_type.1)
                .body("{"),
            422,
            402,
        ),
        (
            "a list",
            request(Method::POST, "/email").json(&json!([])),
            422,
            402,
        ),
        (
            "no batch",
            request(Method::POST, "/email/batch").json(&json!({})),
            422,
            402,
        ),
        (
            "no messages",
            request(Method::POST, "/email/batchWithTemplates").json(&json!({})),
            422,
            403,
        ),
        (
            "too large, announced",
            request(Method::POST, "/email")
                .header(json_type.0, json_type.1)
                .body(large()),
            413,
            413,
        ),
        (
            "a page too deep",
            request(Method::GET, "/messages/outbound?count=500&offset=9501"),
            422,
            700,
        ),
        (
            "an unknown message",
            request(
                Method::GET,
                &format!("/messages/outbound/{}/details", Uuid::new_v4()),
            ),
            422,
            701,
        ),
    ] {
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status().as_u16(), status, "{what}");
        assert_eq!(
            answer.headers()["X-PM-ApiErrorCode"],
            code.to_string().as_str(),
            "{what}"
        );
        let envelope: Value = answer.json().await.expect("JSON");
        assert_eq!(envelope["ErrorCode"], json!(code), "{what}");
        assert!(
            envelope["Message"]
                .as_str()
                .is_some_and(|words| !words.is_empty()),
            "{what}"
        );
    }
    let (status, answer) = api.post("/email/", &mail(json!({ "Cc": null }))).await;
    assert_eq!(
        (status, &answer["ErrorCode"]),
        (StatusCode::OK, &json!(0)),
        "a slash at the end does no harm"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_of_the_hosts_own_paths_are_problem_documents() {
    let service = service().await;
    let api = Api::of(&service);
    for (request, status) in [
        (api.plain(Method::GET, "/api/events"), 401),
        (api.plain(Method::GET, "/"), 401),
        (api.request(Method::GET, "/api/nothing"), 404),
        (
            api.request(Method::GET, &format!("/message/{}", Uuid::new_v4())),
            404,
        ),
        (api.request(Method::DELETE, "/healthz"), 405),
        (api.request(Method::GET, "/api/events?after=-1"), 400),
        (api.request(Method::POST, "/webhooks/nobody"), 404),
        (
            api.request(Method::PUT, "/api/DoNotContact/a/l")
                .body("{\"colour\": 1}"),
            400,
        ),
    ] {
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status().as_u16(), status);
        assert_eq!(answer.headers()["Content-Type"], "application/problem+json");
        let problem: Value = answer.json().await.expect("JSON");
        assert_eq!(problem["status"], json!(status));
        assert!(
            problem["detail"]
                .as_str()
                .is_some_and(|words| !words.is_empty())
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_bound_to_an_account_sends_and_sees_only_that_account() {
    let service = service().await;
    let (bound, open) = (
        Api::with_token(&service, TOKEN),
        Api::with_token(&service, OPEN_TOKEN),
    );
    let own = bound.send(json!({})).await;
    let other = open.send(json!({ "AccountUID": "another" })).await;
    let details = bound.in_state(&own, "sent").await;
    assert_eq!(details["Metadata"]["AccountUID"], ACCOUNT);
    open.in_state(&other, "sent").await;
    let (_, found) = bound.get("/messages/outbound?count=5&offset=0").await;
    assert_eq!(found["TotalCount"], 1);
    for path in [
        format!("/messages/outbound/{other}/details"),
        format!("/messages/outbound/{other}/dump"),
    ] {
        let (_, refused) = bound.get(&path).await;
        assert_eq!(refused["ErrorCode"], 701, "{path}");
    }
    let (_, refused) =
        read(bound.request(Method::DELETE, &format!("/messages/outbound/{other}"))).await;
    assert_eq!(refused["ErrorCode"], 701);
    let (status, refused) = bound
        .post("/email", &mail(json!({ "AccountUID": "another" })))
        .await;
    assert_eq!(
        (status, &refused["ErrorCode"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!(300))
    );
    let (status, _) = bound.get("/api/DoNotContact/another/lead").await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let (_, feed) = bound.get("/api/events?after=0").await;
    let accounts = feed["events"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|event| event["account"].clone());
    assert!(
        accounts.clone().count() > 0 && accounts.into_iter().all(|account| account == ACCOUNT),
        "{feed}"
    );
    let page = bound
        .request(Method::GET, "/")
        .send()
        .await
        .expect("a page")
        .text()
        .await
        .expect("text");
    assert!(page.contains(&own) && !page.contains(&other));
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

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_announces_no_length_is_measured_on_the_way() {
    let service = service().await;
    let address = service.base.strip_prefix("http://").expect("plain HTTP");
    let stream = TcpStream::connect(address).await.expect("it listens");
    let (mut reader, mut writer) = stream.into_split();
    let head = format!(
        "POST /email HTTP/1.1\r\nHost: {address}\r\nX-Postmark-Server-Token: {OPEN_TOKEN}\r\n\
         Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    );
    let sending = tokio::spawn(async move {
        writer.write_all(head.as_bytes()).await?;
        let chunk = format!("100000\r\n{}\r\n", "x".repeat(0x10_0000));
        // The host stops reading at its limit; what is written after that fails.
        loop {
            writer.write_all(chunk.as_bytes()).await?;
        }
        #[expect(unreachable_code, reason = "names the type of the block")]
        std::io::Result::Ok(())
    });
    let mut answer = Vec::new();
    let mut piece = [0; 1024];
    while !answer.ends_with(b"takes.\"}") {
        let read = reader
            .read(&mut piece)
            .await
            .expect("an answer before the end");
        assert!(read > 0, "cut off: {}", String::from_utf8_lossy(&answer));
        answer.extend_from_slice(&piece[..read]);
    }
    assert!(
        answer.starts_with(b"HTTP/1.1 413 "),
        "{}",
        String::from_utf8_lossy(&answer)
    );
    drop(reader);
    assert!(sending.await.expect("it does not panic").is_err());
}
