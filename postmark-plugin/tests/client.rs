//! The transport: what is proved when no answer comes, and where the token may travel.

use std::time::Duration;

use plugin_api::serde_json::json;
use plugin_api::{
    CallContext, EmailProvider as _, Host, Plugin as _, RefusalScope, SendError, SendErrorKind,
};
use postmark_plugin::PostmarkPlugin;

use crate::common::tls::Authority;
use crate::common::wire::{Step, Wire, answer, answer_with, closed_port, json};
use crate::common::{TOKEN, context, in_time, message, message_to, plugin, plugin_with};

pub(crate) const ACCEPTED: &str =
    r#"{"ErrorCode":0,"Message":"OK","MessageID":"5f0f6d4e-2a53-4c64-9d0c-0e6a4a1d7a10"}"#;

/// Time for a connection on this machine, and for nothing that hangs.
pub(crate) fn short() -> CallContext {
    CallContext::new(Duration::from_secs(3), Duration::from_secs(3))
}

async fn sent_to(wire: &Wire) -> SendError {
    let plugin = plugin(&wire.base_url());
    let outcome = in_time("an outcome", plugin.send(&message(), &short())).await;
    outcome.unwrap_err()
}

#[tokio::test]
async fn a_refused_connection_is_unavailable() {
    let port = closed_port().await;
    let plugin = plugin(&format!("http://{port}"));
    let error = plugin.send(&message(), &context()).await.unwrap_err();
    assert_eq!(error.kind, SendErrorKind::Unavailable);
    let short = format!("postmark: {port} was not reached: Connection refused (os error 111);");
    assert!(error.message.starts_with(&short), "{}", error.message);
    let cause = error.cause.unwrap().to_string();
    assert!(cause.contains("refused"), "{cause}");
}

#[tokio::test]
async fn an_unknown_host_is_unavailable() {
    let directory = tempfile::tempdir().unwrap();
    let authority = Authority::new().write_to(directory.path());
    let settings = json!({ "ca_file": authority });
    // `.invalid` resolves nowhere, by RFC 2606.
    let plugin = plugin_with("https://postmark.invalid", settings);
    let error = plugin.send(&message(), &context()).await.unwrap_err();
    assert_eq!(error.kind, SendErrorKind::Unavailable);
}

#[tokio::test]
async fn a_timeout_after_the_request_was_written_is_in_doubt() {
    let wire = Wire::start([Step::Hang]).await;
    assert_eq!(sent_to(&wire).await.kind, SendErrorKind::InDoubt);
    assert_eq!(wire.requests().len(), 1);
}

#[tokio::test]
async fn a_connection_that_ends_without_an_answer_is_in_doubt_and_nothing_is_sent_again() {
    for step in [Step::Close, Step::Reset] {
        let wire = Wire::start([step]).await;
        assert_eq!(sent_to(&wire).await.kind, SendErrorKind::InDoubt);
        assert_eq!(wire.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_kept_connection_that_is_closed_under_a_request_is_in_doubt_and_nothing_is_sent_again() {
    let wire = Wire::start([json(200, ACCEPTED), Step::Close]).await;
    let plugin = plugin(&wire.base_url());
    plugin.send(&message(), &context()).await.unwrap();
    let error = plugin.send(&message(), &context()).await.unwrap_err();
    assert_eq!(error.kind, SendErrorKind::InDoubt);
    assert_eq!(wire.requests().len(), 2);
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_in_doubt() {
    let whole = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{ACCEPTED}",
        ACCEPTED.len()
    );
    for length in [10, 40, whole.len() - 1] {
        let beginning = whole.as_bytes()[..length].to_vec();
        let wire = Wire::start([Step::AnswerAndClose(beginning)]).await;
        assert_eq!(
            sent_to(&wire).await.kind,
            SendErrorKind::InDoubt,
            "{length}"
        );
    }
}

#[tokio::test]
async fn an_answer_that_does_not_end_before_the_deadline_is_in_doubt() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n";
    for beginning in ["HTTP/1.1 200", head, &format!("{head}{{\"ErrorCode\":0,")] {
        let wire = Wire::start([Step::AnswerAndHang(beginning.into())]).await;
        assert_eq!(
            sent_to(&wire).await.kind,
            SendErrorKind::InDoubt,
            "{beginning}"
        );
    }
}

#[tokio::test]
async fn an_endless_answer_is_left_unread_after_what_no_send_needs() {
    let endless = format!("{}{}", &ACCEPTED[..1], " ".repeat(4 * 1024 * 1024));
    // No length, no end: only giving up reading ends this.
    let head = "HTTP/1.1 200 OK\r\n\r\n";
    let step = Step::AnswerAndHang(format!("{head}{endless}").into_bytes());
    let wire = Wire::start([step]).await;
    let plugin = plugin(&wire.base_url());
    let error = in_time("an outcome", plugin.send(&message(), &context()))
        .await
        .unwrap_err();
    assert_eq!(error.kind, SendErrorKind::InDoubt);
    let cause = error.cause.unwrap().to_string();
    assert!(cause.contains("longer than"), "{cause}");
}

#[tokio::test]
async fn an_encoding_nobody_asked_for_is_in_doubt() {
    let step = answer_with(200, "Content-Encoding: gzip\r\n", "\u{1f}?\u{8}");
    let wire = Wire::start([step]).await;
    assert_eq!(sent_to(&wire).await.kind, SendErrorKind::InDoubt);
    assert_eq!(wire.request().header("Accept-Encoding"), None);
}

#[tokio::test]
async fn the_status_decides_when_a_refusal_breaks_off() {
    let beginning = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 100\r\n\r\n{\"Error".to_vec();
    let wire = Wire::start([Step::AnswerAndClose(beginning)]).await;
    let error = sent_to(&wire).await;
    let scope = RefusalScope::Account;
    assert_eq!(error.kind, SendErrorKind::ProviderRefused { scope });
    assert!(error.cause.is_some());
}

#[tokio::test]
async fn what_is_no_http_is_in_doubt() {
    let wire = Wire::start([Step::AnswerAndClose(
        b"220 smtp.example.com ESMTP\r\n".to_vec(),
    )])
    .await;
    assert_eq!(sent_to(&wire).await.kind, SendErrorKind::InDoubt);
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_the_token_goes_nowhere_else() {
    for status in [301, 302, 307, 308] {
        let elsewhere = Wire::start([json(200, ACCEPTED), json(200, ACCEPTED)]).await;
        let location = format!("Location: {}/email\r\n", elsewhere.base_url());
        let step = answer_with(status, &location, "");
        let wire = Wire::start([step.clone(), step]).await;
        let scope = RefusalScope::Provider;
        let kind = SendErrorKind::ProviderRefused { scope };
        assert_eq!(sent_to(&wire).await.kind, kind);
        let asked = plugin(&wire.base_url()).check(&context()).await;
        assert_eq!(asked.unwrap_err().kind, kind);
        assert!(elsewhere.requests().is_empty());
    }
}

#[tokio::test]
async fn no_time_left_is_unavailable_and_nothing_is_sent() {
    let wire = Wire::start([json(200, ACCEPTED)]).await;
    let over = CallContext::new(Duration::ZERO, Duration::ZERO);
    let error = plugin(&wire.base_url())
        .send(&message(), &over)
        .await
        .unwrap_err();
    assert_eq!(error.kind, SendErrorKind::Unavailable);
    assert!(wire.requests().is_empty());
}

#[tokio::test]
async fn the_headers_are_those_postmark_asks_for_and_the_connection_is_kept() {
    let wire = Wire::start([json(200, ACCEPTED), json(200, ACCEPTED)]).await;
    let plugin = plugin(&wire.base_url());
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let traced = context().with_traceparent(Some(trace.to_owned()));
    plugin.send(&message(), &traced).await.unwrap();
    plugin
        .send(&message_to(&["bob@example.com"]), &context())
        .await
        .unwrap();
    let requests = wire.requests();
    let first = &requests[0];
    assert_eq!(first.line(), "POST /email");
    for (name, value) in [
        ("X-Postmark-Server-Token", TOKEN),
        ("Accept", "application/json"),
        ("Content-Type", "application/json"),
        (
            "User-Agent",
            concat!(
                "postmark-plugin/",
                env!("CARGO_PKG_VERSION"),
                " (tests 1.0)"
            ),
        ),
        ("traceparent", trace),
        ("Content-Length", &first.body.len().to_string()),
    ] {
        assert_eq!(first.header(name), Some(value), "{name}");
    }
    assert_eq!(first.header("Transfer-Encoding"), None);
    assert_eq!(requests[1].header("traceparent"), None);
    assert_eq!(wire.connections(), 1);
}

#[tokio::test]
async fn a_page_of_a_network_guard_is_a_refusal_of_the_provider() {
    let page = "<html><body>403 Forbidden</body></html>";
    let wire = Wire::start([answer(403, "text/html", page)]).await;
    let scope = RefusalScope::Provider;
    assert_eq!(
        sent_to(&wire).await.kind,
        SendErrorKind::ProviderRefused { scope }
    );
}

#[tokio::test]
async fn settings_that_cannot_work_are_refused_with_the_key_and_without_the_secret() {
    let directory = tempfile::tempdir().unwrap();
    let no_pem = directory.path().join("no.pem");
    std::fs::write(&no_pem, "not a certificate").unwrap();
    for (key, settings) in [
        ("server_token", json!({})),
        ("server_token", json!({ "server_token": "  \n" })),
        ("server_token", json!({ "server_token": "se\ncret" })),
        ("message_stream", json!({ "message_stream": "" })),
        (
            "base_url",
            json!({ "base_url": "http://api.postmarkapp.com" }),
        ),
        ("proxy", json!({ "proxy": "secret@nowhere" })),
        (
            "ca_file",
            json!({ "ca_file": directory.path().join("missing.pem") }),
        ),
        ("ca_file", json!({ "ca_file": no_pem })),
        ("connect_timeout_ms", json!({ "connect_timeout_ms": 0 })),
    ] {
        let mut all = json!({ "server_token": TOKEN });
        if key == "server_token" {
            all = json!({});
        }
        for (key, value) in settings.as_object().unwrap() {
            all[key] = value.clone();
        }
        let settings = plugin_api::serde_json::from_value(all).unwrap();
        let error = PostmarkPlugin::create(settings, Host::new("p", "tests"))
            .err()
            .unwrap();
        assert_eq!(error.setting.as_deref(), Some(key), "{error}");
        assert!(!error.to_string().contains("cret"), "{error}");
    }
}
