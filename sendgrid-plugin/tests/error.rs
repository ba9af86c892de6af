//! Answers become what the host does next, and their texts what an operator may read.

use std::time::Duration;

use plugin_api::serde_json::{Value, json};
use plugin_api::{EmailProvider as _, RefusalScope, SendError, SendErrorKind};

use crate::common::wire::{Step, Wire, answer, answer_with, closed_port, json as answer_json};
use crate::common::{KEY, accepted, context, fault, message, plugin};

async fn error_of(step: Step) -> SendError {
    let wire = Wire::start([step]).await;
    let outcome = plugin(&wire.base_url()).send(&message(), &context()).await;
    outcome.unwrap_err()
}

fn refused(scope: RefusalScope) -> SendErrorKind {
    SendErrorKind::ProviderRefused { scope }
}

fn invalid(field: Option<&str>) -> SendErrorKind {
    let field = field.map(str::to_owned);
    SendErrorKind::InvalidMessage { field }
}

fn unsupported(what: &str) -> SendErrorKind {
    let what = what.to_owned();
    SendErrorKind::Unsupported { what }
}

#[tokio::test]
async fn documented_refusals_say_what_the_host_does_next() {
    use RefusalScope::{Account, Provider, Sender};
    let none = Value::Null;
    for (status, field, kind) in [
        (400, json!("subject"), invalid(Some("Subject"))),
        (
            400,
            json!("personalizations.0.cc.1.email"),
            invalid(Some("Cc")),
        ),
        (400, none.clone(), invalid(None)),
        (400, json!("null"), invalid(None)),
        (400, json!("template_id"), unsupported("Template")),
        (400, json!("asm.group_id"), refused(Account)),
        (400, json!("something_new"), refused(Provider)),
        (401, none.clone(), refused(Account)),
        (403, json!("from"), refused(Sender)),
        (403, none.clone(), refused(Account)),
        (404, none.clone(), refused(Provider)),
        (413, none.clone(), unsupported("Attachments")),
        (
            429,
            none.clone(),
            SendErrorKind::Throttled { retry_after: None },
        ),
        (500, none.clone(), SendErrorKind::InDoubt),
        (451, none.clone(), refused(Account)),
        (503, none, SendErrorKind::Unavailable),
    ] {
        let error = error_of(fault(status, &field, "Some text.")).await;
        assert_eq!(error.kind, kind, "{status} {field}");
        assert_eq!(error.provider_code, Some(status.to_string()));
        let line = error.to_string();
        assert!(
            line.starts_with("sendgrid: ") && line.ends_with(": Some text."),
            "{line}"
        );
        assert!(!line.contains('\n'), "{line}");
    }
}

#[tokio::test]
async fn a_wait_is_taken_from_either_header() {
    let date = "Date: Mon, 02 Mar 2026 14:15:42 GMT\r\n";
    let reset_in_a_minute = 1_772_460_942 + 60;
    for (headers, seconds) in [
        ("Retry-After: 7\r\n".to_owned(), Some(7)),
        (
            format!("{date}X-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: {reset_in_a_minute}\r\n"),
            Some(60),
        ),
        (
            format!("{date}Retry-After: 7\r\nX-RateLimit-Reset: {reset_in_a_minute}\r\n"),
            Some(7),
        ),
        (format!("{date}X-RateLimit-Reset: 12\r\n"), Some(0)),
        (format!("{date}X-RateLimit-Reset: soon\r\n"), None),
        (
            format!("{date}X-RateLimit-Reset: 9223372036854775807\r\n"),
            Some(86_400),
        ),
    ] {
        let body = r#"{"errors":[{"message":"too many requests","field":null,"help":null}]}"#;
        let error = error_of(answer_with(429, &headers, body)).await;
        let retry_after = seconds.map(Duration::from_secs);
        assert_eq!(
            error.kind,
            SendErrorKind::Throttled { retry_after },
            "{headers}"
        );
    }
}

#[tokio::test]
async fn what_proves_nothing_leaves_the_message_in_doubt() {
    for step in [
        Step::Close,
        Step::Reset,
        answer_with(200, "", ""),
        answer(200, "text/html", "<html>It works</html>"),
        answer_json(204, ""),
        answer(502, "text/html", "<html>Bad gateway</html>"),
        answer(503, "text/html", "<html>Service unavailable</html>"),
        Step::Answer(b"rubbish\r\n\r\n".to_vec()),
    ] {
        let error = error_of(step).await;
        assert_eq!(error.kind, SendErrorKind::InDoubt, "{error:?}");
    }
}

#[tokio::test]
async fn a_refused_connection_is_unavailable() {
    let port = closed_port().await;
    let plugin = plugin(&format!("http://{port}"));
    let error = plugin.send(&message(), &context()).await.unwrap_err();
    assert_eq!(error.kind, SendErrorKind::Unavailable);
    let short = format!("sendgrid: {port} was not reached: ");
    assert!(error.message.starts_with(&short), "{}", error.message);
}

#[tokio::test]
async fn an_acceptance_without_an_id_goes_by_the_tracking_id() {
    for step in [answer_with(202, "", ""), accepted(" ")] {
        let wire = Wire::start([step]).await;
        let receipt = plugin(&wire.base_url()).send(&message(), &context()).await;
        let id = message().tracking_id().to_string();
        assert_eq!(receipt.unwrap().id.as_str(), id);
    }
}

#[tokio::test]
async fn no_error_repeats_an_address_or_the_key() {
    let text = format!("ann@example.com is wrong,\nand so is {KEY}.");
    for status in [400, 401, 403, 500] {
        let error = error_of(fault(status, &Value::Null, &text)).await;
        let shown = format!("{error} {error:?}");
        assert!(
            !shown.contains("ann@") && !shown.contains("11111111222244443333888855555555"),
            "{shown}"
        );
    }
}
