//! What every path has in common: tokens, headers, unknown paths, broken bodies, sizes.

use reqwest::Method;
use serde_json::{Value, json};

use crate::common::{TOKEN, call, call_as, get, http, message, post, read, start};

#[tokio::test]
async fn a_missing_wrong_or_account_token_is_401_and_10() {
    let simulator = start().await;
    for token in ["", "22222222-2222-4333-8444-555555555555", "é"] {
        let answer = call_as(
            &simulator,
            token,
            Method::POST,
            "/email",
            Some(message(json!({}))),
        )
        .await;
        assert_eq!(answer.refusal(), (401, 10));
        assert!(
            answer.message().contains("valid Server token"),
            "{answer:?}"
        );
    }
    let account = http()
        .get(format!("{}/server", simulator.base_url()))
        .header("X-Postmark-Account-Token", TOKEN)
        .send();
    assert_eq!(read(account.await.unwrap()).await.refusal(), (401, 10));
    assert_eq!(simulator.ledger().accepted(), 0);
}

#[tokio::test]
async fn the_token_is_compared_without_regard_to_letter_case() {
    let config = plugin_testkit::simulator::PostmarkConfig::with_token(
        "abcdef01-0000-4000-8000-00000000000f",
    );
    let config = plugin_testkit::simulator::SimulatorConfig::postmark(config);
    let simulator = crate::common::start_with(config).await;
    let answer = call_as(
        &simulator,
        "ABCDEF01-0000-4000-8000-00000000000F",
        Method::GET,
        "/server",
        None,
    )
    .await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn accept_and_content_type_are_required() {
    let simulator = start().await;
    let url = format!("{}/email", simulator.base_url());
    let body = message(json!({})).to_string();
    let send = async |accept: Option<&str>, content_type: Option<&str>| {
        // A raw request, since a client adds headers of its own.
        let mut head = format!(
            "POST /email HTTP/1.1\r\nHost: s\r\nConnection: close\r\nX-Postmark-Server-Token: {TOKEN}\r\n"
        );
        for (name, value) in [("Accept", accept), ("Content-Type", content_type)] {
            if let Some(value) = value {
                head.push_str(&format!("{name}: {value}\r\n"));
            }
        }
        let request = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
        crate::common::raw(simulator.address(), request.as_bytes()).await
    };
    for (accept, content_type, status) in [
        (None, Some("application/json"), 415),
        (Some("application/json"), None, 415),
        (Some("text/html"), Some("application/json"), 415),
        (Some("application/json"), Some("text/plain"), 415),
        (
            Some("application/json, */*"),
            Some("application/json; charset=utf-8"),
            200,
        ),
        (Some("*/*"), Some("APPLICATION/JSON"), 200),
    ] {
        let answer = send(accept, content_type).await;
        let expected = format!("HTTP/1.1 {status} ");
        assert!(
            answer.starts_with(&expected),
            "{accept:?} {content_type:?}: {answer}"
        );
        assert!(
            status == 200 || answer.contains("\"ErrorCode\":409"),
            "{answer}"
        );
    }
    assert_eq!(simulator.ledger().accepted(), 2);
    // A read has no body and needs no Content-Type.
    let read_only = http()
        .get(url.replace("/email", "/server"))
        .header("X-Postmark-Server-Token", TOKEN);
    assert_eq!(
        read_only
            .header("Accept", "application/json")
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
}

#[tokio::test]
async fn unknown_paths_and_methods_answer_in_the_envelope() {
    let simulator = start().await;
    for path in ["/", "/emails", "/messages", "/servers/1", "/email/unknown"] {
        assert_eq!(get(&simulator, path).await.refusal().0, 404, "{path}");
    }
    assert_eq!(get(&simulator, "/email").await.refusal().0, 405);
    let delete = call(&simulator, Method::DELETE, "/email/batch", None).await;
    assert_eq!(delete.refusal().0, 405);
}

#[tokio::test]
async fn broken_json_is_402() {
    let simulator = start().await;
    for body in [
        "",
        "{",
        "{\"From\": \"a@example.com\",}",
        "\u{feff}{}",
        "[[[",
        "nul",
    ] {
        for path in [
            "/email",
            "/email/batch",
            "/templates/validate",
            "/message-streams/outbound/suppressions",
        ] {
            let request = http()
                .post(format!("{}{path}", simulator.base_url()))
                .header("X-Postmark-Server-Token", TOKEN)
                .header("Accept", "application/json")
                .header("Content-Type", "application/json")
                .body(body);
            assert_eq!(
                read(request.send().await.unwrap()).await.refusal(),
                (422, 402),
                "{path} {body}"
            );
        }
    }
    let deep = "[".repeat(100_000);
    let request = http()
        .post(format!("{}/email/batch", simulator.base_url()))
        .header("X-Postmark-Server-Token", TOKEN)
        .header("Content-Type", "application/json")
        .body(deep);
    assert_eq!(
        read(request.send().await.unwrap()).await.refusal(),
        (422, 402)
    );
}

#[tokio::test]
async fn ten_megabytes_for_one_and_fifty_for_a_batch() {
    let simulator = start().await;
    let mb = 1024 * 1024;
    let with_attachment = |size: usize| {
        let attachment = json!({ "Name": "a.txt", "Content": "A".repeat(size / 4 * 4), "ContentType": "text/plain" });
        message(json!({ "Attachments": [attachment] }))
    };
    assert_eq!(
        post(&simulator, "/email", with_attachment(9 * mb))
            .await
            .status,
        200
    );
    assert_eq!(
        post(&simulator, "/email", with_attachment(10 * mb))
            .await
            .refusal(),
        (413, 413)
    );
    assert_eq!(
        post(&simulator, "/email", with_attachment(60 * mb))
            .await
            .refusal(),
        (413, 413)
    );
    let batch = Value::Array(vec![with_attachment(9 * mb); 5]);
    assert_eq!(post(&simulator, "/email/batch", batch).await.status, 200);
    let batch = Value::Array(vec![with_attachment(9 * mb); 6]);
    assert_eq!(
        post(&simulator, "/email/batch", batch).await.refusal(),
        (413, 413)
    );
    assert_eq!(simulator.ledger().accepted(), 6);
}

#[tokio::test]
async fn rubbish_on_the_wire_ends_in_an_error_and_the_next_client_is_served() {
    let simulator = start().await;
    let long = [b"GET /".as_slice(), &[b'a'; 70_000], b" HTTP/1.1\r\n\r\n"].concat();
    for bytes in [
        b"\x16\x03\x01\x02".as_slice(),
        b"GET\r\n\r\n",
        b"\0\0\0\0\r\n\r\n",
        b"POST / HTTP/9.9\r\n\r\n",
        &long,
    ] {
        let answer = crate::common::raw(simulator.address(), bytes).await;
        assert!(!answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    assert_eq!(get(&simulator, "/server").await.status, 200);
}

#[tokio::test]
async fn the_server_is_described_and_streams_are_listed() {
    let simulator = start().await;
    let server = get(&simulator, "/server").await.body;
    assert_eq!(
        (&server["DeliveryType"], &server["ApiTokens"][0]),
        (&json!("Live"), &json!(TOKEN))
    );
    assert!(server["ID"].is_u64());
    let streams = get(&simulator, "/message-streams").await.body;
    assert_eq!(streams["TotalCount"], 3);
    let one = get(&simulator, "/message-streams/broadcast").await.body;
    assert_eq!(one["MessageStreamType"], "Broadcasts");
    assert_eq!(
        one["SubscriptionManagementConfiguration"]["UnsubscribeHandlingType"],
        "Postmark"
    );
    let filtered = get(
        &simulator,
        "/message-streams?messagestreamtype=transactional",
    )
    .await
    .body;
    assert_eq!(filtered["MessageStreams"][0]["ID"], "outbound");
    assert_eq!(
        get(&simulator, "/message-streams?MessageStreamType=odd")
            .await
            .refusal(),
        (422, 1221)
    );
    assert_eq!(
        get(&simulator, "/message-streams/nowhere").await.refusal(),
        (422, 1226)
    );
}
