//! Whatever goes wrong on the paths of Postmark's form, the answer is Postmark's envelope: over real sockets, also for callers that
//! never finish what they say.

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::api::{Api, mail};
use crate::support::service::Service;
use crate::support::wire::{Reply, exchange, silence};

const SENDING: [&str; 4] = [
    "/email",
    "/email/batch",
    "/email/withTemplate",
    "/email/batchWithTemplates",
];

const JSON: &str = "Content-Type: application/json";

async fn service() -> Service {
    Service::edited(|config| config.replace("[store]", "request_timeout = \"1s\"\n[store]")).await
}

fn is_envelope(reply: &Reply, status: u16, code: u32, what: &str) {
    let (body, headers) = (&reply.body, &reply.headers);
    assert_eq!(reply.status, status, "{what}: {headers} {body}");
    assert_eq!(body["ErrorCode"], json!(code), "{what}: {body}");
    let words = body["Message"].as_str().unwrap_or_default();
    assert!(!words.is_empty(), "{what}: {body}");
    assert!(
        headers.contains(&format!("x-pm-apierrorcode: {code}")),
        "{what}: {headers}"
    );
    assert!(
        headers.contains("content-type: application/json"),
        "{what}: {headers}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_never_finished_is_answered_408() {
    let service = service().await;
    for path in SENDING {
        let head = format!("POST {path} HTTP/1.1\r\n{JSON}\r\nContent-Length: 1000");
        let reply = exchange(&service, &head, "{\"From\":").await;
        is_envelope(&reply, 408, 100, path);
        let head = format!("POST {path} HTTP/1.1\r\n{JSON}\r\nTransfer-Encoding: chunked");
        let reply = exchange(&service, &head, "8\r\n{\"From\":\r\n").await;
        is_envelope(&reply, 408, 100, path);
    }
    let own = "PUT /api/DoNotContact/a/l HTTP/1.1\r\nContent-Length: 9";
    let reply = exchange(&service, own, "{").await;
    assert_eq!((reply.status, &reply.body["status"]), (408, &json!(408)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_never_asks_for_anything_is_hung_up_on() {
    let service = service().await;
    for beginning in ["", "P", "POST /email HTTP/1.1\r\nHost:"] {
        silence(&service, beginning).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_too_large_is_answered_413_before_it_is_sent() {
    let service = service().await;
    for (path, megabytes) in SENDING.into_iter().zip([10, 50, 10, 50]) {
        let length = megabytes * 1024 * 1024 + 1;
        let head = format!("POST {path} HTTP/1.1\r\n{JSON}\r\nContent-Length: {length}");
        let reply = exchange(&service, &head, "").await;
        is_envelope(&reply, 413, 413, path);
        let expecting = exchange(&service, &format!("{head}\r\nExpect: 100-continue"), "").await;
        is_envelope(&expecting, 413, 413, path);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_types_methods_and_paths_are_answered_415_405_and_404() {
    let service = service().await;
    let id = Uuid::new_v4();
    let details = format!("/messages/outbound/{id}/details");
    for path in SENDING {
        for kind in ["X-Nothing: here", "Content-Type: text/plain"] {
            let head = format!("POST {path} HTTP/1.1\r\n{kind}\r\nContent-Length: 2");
            is_envelope(&exchange(&service, &head, "{}").await, 415, 409, path);
        }
        let head = format!("DELETE {path} HTTP/1.1");
        is_envelope(&exchange(&service, &head, "").await, 405, 12, path);
    }
    for (method, path) in [
        ("POST", "/messages/outbound"),
        ("GET", &format!("/messages/outbound/{id}")),
        ("PUT", &details),
    ] {
        let head = format!("{method} {path} HTTP/1.1");
        is_envelope(&exchange(&service, &head, "").await, 405, 12, path);
    }
    for path in [
        "/email/nothing",
        "/messages",
        "/messages/outbound/a/b",
        "/bounces?count=1&offset=0",
        "/%FF",
        "/messages/outbound/%FF/details",
    ] {
        let reply = exchange(&service, &format!("GET {path} HTTP/1.1"), "").await;
        is_envelope(&reply, 404, 12, path);
    }
    let reply = exchange(&service, &format!("GET {details} HTTP/1.1"), "").await;
    is_envelope(&reply, 422, 701, "a message that never was");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_fails_is_answered_503() {
    let service = service().await;
    let api = Api::of(&service);
    let id = api.send(json!({})).await;
    api.in_state(&id, "sent").await;
    break_store(&service);
    let templated = mail(json!({ "TemplateAlias": "welcome", "TemplateModel": {} }));
    let bodies = [
        mail(json!({})),
        json!([mail(json!({})), { "From": "nobody" }]),
        templated.clone(),
        json!({ "Messages": [templated] }),
    ];
    let posts = SENDING.into_iter().zip(bodies);
    let posts = posts.map(|(path, body)| ("POST", path.to_owned(), body.to_string()));
    let message = format!("/messages/outbound/{id}");
    let others = [
        ("GET", "/messages/outbound?count=1&offset=0".to_owned()),
        ("GET", format!("{message}/details")),
        ("GET", format!("{message}/dump")),
        ("DELETE", message),
    ];
    let others = others.map(|(method, path)| (method, path, String::new()));
    for (method, path, body) in posts.chain(others) {
        let length = body.len();
        let head = format!("{method} {path} HTTP/1.1\r\n{JSON}\r\nContent-Length: {length}");
        is_envelope(&exchange(&service, &head, &body).await, 503, 100, &path);
    }
    let (status, problem) = api.get("/api/events").await;
    assert_eq!((status.as_u16(), &problem["status"]), (503, &json!(503)));
}

/// Takes away what every path needs.
fn break_store(service: &Service) {
    let record = rusqlite::Connection::open(service.folder.path().join("host.db"));
    let broken = record.and_then(|record| {
        record.execute_batch(
            "ALTER TABLE messages RENAME TO gone; ALTER TABLE feed RENAME TO gone_as_well;",
        )
    });
    broken.expect("the store can be broken");
}

/// Libraries write the whole request before they read: a refusal on the way must reach them all the same.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_refused_while_still_sending_reads_why() {
    let service = service().await;
    let api = Api::of(&service);
    let large = "x".repeat(30 * 1024 * 1024);
    for (request, status, code) in [
        (
            api.request(Method::POST, "/email")
                .header("Content-Type", "application/json"),
            413,
            413,
        ),
        (
            api.plain(Method::POST, "/email/batch")
                .header("Content-Type", "application/json"),
            401,
            10,
        ),
        (api.request(Method::POST, "/email/batch"), 415, 409),
        (api.request(Method::POST, "/nothing"), 404, 12),
    ] {
        let answer = request.body(large.clone()).send().await.expect("an answer");
        assert_eq!(answer.status().as_u16(), status);
        let envelope: Value = answer.json().await.expect("JSON");
        assert_eq!(envelope["ErrorCode"], json!(code));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn own_paths_that_cannot_be_read_are_answered_with_problem_documents() {
    let service = service().await;
    for (path, status) in [
        ("/api/events?after=soon", 400),
        ("/api/DoNotContact/%FF/lead", 400),
        ("/message/%FF", 400),
    ] {
        let reply = exchange(&service, &format!("GET {path} HTTP/1.1"), "").await;
        assert_eq!(
            (reply.status, &reply.body["status"]),
            (status, &json!(status)),
            "{path}"
        );
        assert!(reply.headers.contains("application/problem+json"), "{path}");
    }
}
