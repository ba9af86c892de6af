//! Answers become what the host does next, and their texts what an operator may read.

use std::time::Duration;

use plugin_api::serde_json::json;
use plugin_api::{
    EmailProvider as _, Message, Receipt, RecipientOutcome, RefusalScope, SendError, SendErrorKind,
};

use crate::common::wire::{Step, Wire, answer, answer_with, json as answer_json};
use crate::common::{MESSAGE_ID, TOKEN, blank, context, mailbox, message, message_to, plugin};

async fn outcome_of(step: Step, message: &Message) -> Result<Receipt, SendError> {
    let wire = Wire::start([step]).await;
    plugin(&wire.base_url()).send(message, &context()).await
}

async fn refusal(status: u16, code: i64, text: &str) -> SendError {
    let body = json!({ "ErrorCode": code, "Message": text }).to_string();
    outcome_of(answer_json(status, &body), &message())
        .await
        .unwrap_err()
}

fn refused(scope: RefusalScope) -> SendErrorKind {
    SendErrorKind::ProviderRefused { scope }
}

#[tokio::test]
async fn documented_refusals_say_what_the_host_does_next() {
    use RefusalScope::{Account, Provider, Sender, Stream};
    for (status, code, kind) in [
        (401, 10, refused(Account)),
        (422, 400, refused(Sender)),
        (422, 401, refused(Sender)),
        (422, 402, refused(Provider)),
        (422, 405, refused(Account)),
        (
            422,
            411,
            SendErrorKind::Unsupported {
                what: "Attachments".to_owned(),
            },
        ),
        (422, 412, refused(Account)),
        (
            422,
            1101,
            SendErrorKind::Unsupported {
                what: "Template".to_owned(),
            },
        ),
        (422, 1235, refused(Stream)),
        (422, 98_765, refused(Account)),
        (429, 429, SendErrorKind::Throttled { retry_after: None }),
        (500, 101, SendErrorKind::InDoubt),
        (503, 100, SendErrorKind::Unavailable),
    ] {
        let error = refusal(status, code, "Some text.").await;
        assert_eq!(error.kind, kind, "{status}/{code}");
        assert_eq!(error.provider_code, Some(format!("{status}/{code}")));
        let line = error.to_string();
        assert!(
            line.starts_with("postmark: ") && line.ends_with(": Some text."),
            "{line}"
        );
        assert!(!line.contains('\n'), "{line}");
    }
}

#[tokio::test]
async fn a_refused_field_is_named_and_no_address_or_name_is_repeated() {
    for (text, field) in [
        ("Invalid 'To' address: 'ann@localhost'.", Some("To")),
        (
            "Error parsing 'Reply-To': Illegal email address 'Doe'. It must contain the '@' symbol.",
            Some("ReplyTo"),
        ),
        (
            "Invalid metadata content. Field names are limited to 20 characters, found 'Doe'.",
            Some("Metadata"),
        ),
        ("Zero recipients specified", Some("To")),
        ("Something about ann@localhost and 'Doe'", None),
        (
            "Error parsing 'To': Unclosed quoted string: \"Jane \" Doe\"<jane@localhost>",
            Some("To"),
        ),
    ] {
        let error = refusal(422, 300, text).await;
        let field = field.map(str::to_owned);
        assert_eq!(error.kind, SendErrorKind::InvalidMessage { field });
        let line = error.to_string();
        assert!(
            !line.contains("localhost") && !line.contains("Doe") && !line.contains("Jane"),
            "{line}"
        );
    }
    let sender = "The 'From' address you supplied (sales@example.com) is not a Sender Signature on your account.";
    let line = refusal(422, 400, sender).await.to_string();
    assert!(!line.contains("sales@"), "{line}");
}

#[tokio::test]
async fn a_message_without_to_that_postmark_does_not_take_may_go_elsewhere() {
    let body = json!({ "ErrorCode": 300, "Message": "Zero recipients specified" }).to_string();
    let only_bcc = blank()
        .bcc(mailbox("ann@example.com"))
        .text_body("Hi")
        .build()
        .unwrap();
    let error = outcome_of(answer_json(422, &body), &only_bcc)
        .await
        .unwrap_err();
    assert_eq!(
        error.kind,
        SendErrorKind::Unsupported {
            what: "To".to_owned()
        }
    );
}

#[tokio::test]
async fn suppressed_recipients_are_named_whatever_the_wording() {
    let people = message_to(&["Ann@Example.com", "bob@example.com", "carl@example.com"]);
    let forms = [
        "You tried to send to a recipient that has been marked as inactive. Found inactive addresses: ann@example.com, bob@example.com. Inactive recipients are ones that have generated a hard bounce, a spam complaint, or a manual suppression. ",
        "You tried to send to recipient(s) that have been marked as inactive. Found inactive addresses: ann@example.com, bob@example.com. Inactive recipients are ones that have generated a hard bounce, a spam complaint, or a manual suppression.",
        "You tried to send to a recipient that has been marked as inactive.\nFound inactive addresses: ann@example.com, bob@example.com.\nInactive recipients are ones that have generated a hard bounce or a spam complaint. ",
        "You tried to send to recipients that have all been marked as inactive.\nFound inactive addresses:\n ann@example.com ,\n bob@example.com",
        "Something new. INACTIVE ADDRESSES: ANN@EXAMPLE.COM, bob@example.com. Inactive Recipients are new.",
    ];
    for text in forms {
        let body = json!({ "ErrorCode": 406, "Message": text }).to_string();
        let error = outcome_of(answer_json(422, &body), &people)
            .await
            .unwrap_err();
        let addresses = vec!["Ann@Example.com".to_owned(), "bob@example.com".to_owned()];
        assert_eq!(
            error.kind,
            SendErrorKind::RecipientSuppressed { addresses },
            "{text}"
        );
        assert_eq!(error.provider_code.as_deref(), Some("422/406"));
        assert!(!error.to_string().contains('@'), "{error}");
    }
}

#[tokio::test]
async fn a_wording_nobody_knows_names_the_only_recipient_and_nobody_of_several() {
    let body = json!({ "ErrorCode": 406, "Message": "Ils sont inactifs." }).to_string();
    let addresses = vec!["ann@example.com".to_owned()];
    let error = outcome_of(answer_json(422, &body), &message())
        .await
        .unwrap_err();
    assert_eq!(error.kind, SendErrorKind::RecipientSuppressed { addresses });

    let two = message_to(&["ann@example.com", "bob@example.com"]);
    let error = outcome_of(answer_json(422, &body), &two).await.unwrap_err();
    assert_eq!(
        error.kind,
        SendErrorKind::RecipientSuppressed { addresses: vec![] }
    );
}

#[tokio::test]
async fn a_success_that_leaves_people_out_names_them() {
    let people = message_to(&["Ann@example.com", "bob@example.com"]);
    let accepted = |text: &str| {
        let body = json!({ "ErrorCode": 0, "Message": text, "MessageID": MESSAGE_ID });
        answer_json(200, &body.to_string())
    };
    let text = "Message OK, but will not deliver to these inactive addresses: ann@example.com. Inactive recipients are ones that have generated a hard bounce or a spam complaint.";
    let receipt = outcome_of(accepted(text), &people).await.unwrap();
    assert_eq!(receipt.recipients.len(), 1);
    assert_eq!(receipt.recipients[0].address, "Ann@example.com");
    assert_eq!(receipt.recipients[0].outcome, RecipientOutcome::Suppressed);
    assert!(!receipt.note.unwrap().contains('@'));

    let receipt = outcome_of(
        accepted("Message OK, but will not deliver to some."),
        &people,
    )
    .await
    .unwrap();
    let unknown = |it: &plugin_api::RecipientResult| it.outcome == RecipientOutcome::Unknown;
    assert_eq!(
        receipt.recipients.iter().filter(|it| unknown(it)).count(),
        2
    );
}

#[tokio::test]
async fn an_acceptance_has_its_id_and_time_in_every_form() {
    for (body, note) in [
        (
            json!({ "To": "ann@example.com", "SubmittedAt": "2026-03-02T09:15:42.1234567-05:00", "MessageID": MESSAGE_ID,
                    "ErrorCode": 0, "Message": "OK" }),
            None,
        ),
        (
            json!({ "Message": "Message accepted, but delivery may be delayed.", "MessageID": MESSAGE_ID,
                    "SubmittedAt": "2026-03-02T14:15:42.1234567Z", "To": "ann@example.com" }),
            Some("Message accepted, but delivery may be delayed."),
        ),
        (
            json!({ "SubmittedAt": "2026-03-02T14:15:42.1234567Z", "MessageID": MESSAGE_ID, "ErrorCode": "0", "Message": null }),
            None,
        ),
    ] {
        let receipt = outcome_of(answer_json(200, &body.to_string()), &message())
            .await
            .unwrap();
        assert_eq!(receipt.id.as_str(), MESSAGE_ID);
        assert_eq!(
            receipt.accepted_at.unwrap().to_string(),
            "2026-03-02T14:15:42.1234567Z"
        );
        assert_eq!(receipt.note.as_deref(), note);
        assert!(receipt.recipients.is_empty() && receipt.duplicates.is_empty());
    }
}

#[tokio::test]
async fn an_answer_nobody_understands_is_in_doubt() {
    let zeros =
        r#"{"ErrorCode":0,"Message":"OK","MessageID":"00000000-0000-0000-0000-000000000000"}"#;
    let both = format!(r#"{{"ErrorCode":300,"Message":"no","MessageID":"{MESSAGE_ID}"}}"#);
    let unreadable = ["true", "\"soon\"", "0.5", "[]"]
        .map(|code| format!(r#"{{"ErrorCode":{code},"MessageID":"{MESSAGE_ID}"}}"#));
    for body in unreadable.iter().map(String::as_str).chain([
        "",
        "null",
        "7",
        "[]",
        "{}",
        "{\"Status\":\"processed\"}",
        "<html>OK</html>",
        "{\"ErrorCode\":0",
        zeros,
        &both,
        r#"{"ErrorCode":true,"Message":"no"}"#,
    ]) {
        let error = outcome_of(answer_json(200, body), &message())
            .await
            .unwrap_err();
        assert_eq!(error.kind, SendErrorKind::InDoubt, "{body}");
    }
    for status in [201, 202, 204] {
        let accepted = format!(r#"{{"ErrorCode":0,"MessageID":"{MESSAGE_ID}"}}"#);
        let body = if status == 204 { "" } else { &accepted };
        let error = outcome_of(answer_json(status, body), &message())
            .await
            .unwrap_err();
        assert_eq!(error.kind, SendErrorKind::InDoubt, "{status}");
    }
}

#[tokio::test]
async fn a_balancers_page_is_in_doubt_when_the_request_may_have_passed() {
    for status in [408, 500, 502, 503, 504] {
        let page = answer(status, "text/html", "<html><h1>Bad gateway</h1></html>");
        let error = outcome_of(page, &message()).await.unwrap_err();
        assert_eq!(error.kind, SendErrorKind::InDoubt, "{status}");
        assert_eq!(error.provider_code, Some(status.to_string()));
    }
    for status in [400, 403, 404, 405, 407, 415, 422] {
        let page = answer(status, "text/html", "<html><h1>No</h1></html>");
        let error = outcome_of(page, &message()).await.unwrap_err();
        assert_eq!(error.kind, refused(RefusalScope::Provider), "{status}");
    }
}

#[tokio::test]
async fn a_refusal_that_repeats_the_token_does_not_carry_it_further() {
    for (status, code) in [(401, 10), (422, 422), (422, 300), (400, 0), (500, 101)] {
        let error = refusal(status, code, &format!("no such token: {TOKEN}")).await;
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains(TOKEN), "{shown}");
    }
    let id = "7b0a2f5e-6a0e-4b52-8a53-5d0c1b9f7e21";
    let error = refusal(500, 101, &format!("contact support with {id}")).await;
    assert!(error.to_string().contains(id), "{error}");
}

#[tokio::test]
async fn throttling_tells_how_long_to_wait_when_postmark_does() {
    for (header, expected) in [
        ("Retry-After: 7\r\n", Some(7)),
        (
            "Date: Mon, 02 Mar 2026 14:15:42 GMT\r\nRetry-After: Mon, 02 Mar 2026 14:16:42 GMT\r\n",
            Some(60),
        ),
        ("", None),
    ] {
        let error = outcome_of(answer_with(429, header, "slow down"), &message())
            .await
            .unwrap_err();
        let retry_after = expected.map(Duration::from_secs);
        assert_eq!(error.kind, SendErrorKind::Throttled { retry_after });
    }
}
