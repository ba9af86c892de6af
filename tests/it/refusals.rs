//! What a running host refuses, and in which form: Postmark's envelope on the paths of the sending API, problem documents on its own.

use plugin_testkit::simulator::PostmarkConfig;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedWriteHalf;
use uuid::Uuid;

use crate::support::api::{Api, mail, read};
use crate::support::service::{ACCOUNT, OPEN_TOKEN, SERVICE_TOKEN, Service, TOKEN};

async fn service() -> Service {
    Service::start(PostmarkConfig::with_token(SERVICE_TOKEN)).await
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
async fn a_body_that_announces_no_length_is_measured_on_the_way() {
    let service = service().await;
    let address = service.base.strip_prefix("http://").expect("plain HTTP");
    let stream = TcpStream::connect(address).await.expect("it listens");
    let (mut reader, writer) = stream.into_split();
    let head = format!(
        "POST /email HTTP/1.1\r\nHost: {address}\r\nX-Postmark-Server-Token: {OPEN_TOKEN}\r\n\
         Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    );
    let sending = tokio::spawn(flood(writer, head));
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

/// Sends a body in chunks until the host has had enough: what is written after its limit fails.
async fn flood(mut writer: OwnedWriteHalf, head: String) -> std::io::Result<()> {
    writer.write_all(head.as_bytes()).await?;
    let chunk = format!("100000\r\n{}\r\n", "x".repeat(0x10_0000));
    loop {
        writer.write_all(chunk.as_bytes()).await?;
    }
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
