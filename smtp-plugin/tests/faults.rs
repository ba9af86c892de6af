//! What goes wrong, and at which moment: before DATA nothing has left, after it only an answer counts.

use std::time::Duration;

use plugin_api::{CallContext, EmailProvider as _, RefusalScope, SendErrorKind};
use plugin_testkit::smtp::SmtpAct::{self, Hang, HangUp, KeepAndHangUp, SayAndHangUp};
use plugin_testkit::smtp::SmtpMoment::{self, Data, Dot, Ehlo, FirstLine, Greeting, Mail, Rcpt};
use plugin_testkit::smtp::SmtpStandIn;

use crate::common::{blank, in_time, mailbox, message, plugin, refused, send, server};

/// The kind of error that one act at one moment makes of a message.
async fn kind(moment: SmtpMoment, act: SmtpAct) -> SendErrorKind {
    let server = server().await;
    server.once(moment, act);
    refused(&plugin(&server), &message()).await.kind
}

fn garbage() -> SmtpAct {
    SmtpAct::say("<html>400 Bad Request ann@example.com</html>")
}

#[tokio::test]
async fn a_connection_lost_before_data_is_unavailable() {
    for moment in [Greeting, Ehlo, Mail, Rcpt, Data] {
        for act in [
            HangUp,
            garbage(),
            SmtpAct::say("999 what"),
            SmtpAct::say("550-cut"),
        ] {
            // The last of these leaves an answer without its end; the connection goes with the test's server.
            let act = match act {
                SmtpAct::Say(line) if line.starts_with("550-") => SayAndHangUp(line),
                act => act,
            };
            let shown = format!("{moment:?} {act:?}");
            assert_eq!(
                kind(moment, act).await,
                SendErrorKind::Unavailable,
                "{shown}"
            );
        }
    }
}

#[tokio::test]
async fn a_connection_lost_after_data_is_in_doubt() {
    for (moment, act) in [
        (FirstLine, HangUp),
        (FirstLine, garbage()),
        (Dot, HangUp),
        (Dot, KeepAndHangUp),
        (Dot, garbage()),
        (Dot, SmtpAct::say("354 go ahead")),
        (Dot, SayAndHangUp("250-cut".to_owned())),
    ] {
        let shown = format!("{moment:?} {act:?}");
        assert_eq!(kind(moment, act).await, SendErrorKind::InDoubt, "{shown}");
    }
}

#[tokio::test]
async fn an_answer_binds_the_server_also_after_the_final_dot() {
    let unsupported = SendErrorKind::Unsupported {
        what: "content".to_owned(),
    };
    for (line, expected) in [
        ("451 4.3.0 later", SendErrorKind::Unavailable),
        ("421 4.3.2 shutting down", SendErrorKind::Unavailable),
        ("554 5.7.1 spam", unsupported),
        (
            "454 Throttling failure",
            SendErrorKind::Throttled { retry_after: None },
        ),
    ] {
        assert_eq!(kind(Dot, SmtpAct::say(line)).await, expected, "{line}");
    }
}

/// A server that gives up in the middle says why, and hangs up; the message may be larger than all buffers on the way.
#[tokio::test]
async fn a_refusal_in_the_middle_of_a_message_is_heard_although_writing_failed() {
    let server = server().await;
    server.once(FirstLine, SayAndHangUp("552 5.3.4 enough".to_owned()));
    let large = blank()
        .to(mailbox("ann@example.com"))
        .text_body("x\n".repeat(4_000_000));
    let error = refused(&plugin(&server), &large.build().unwrap()).await;
    // A reset can overtake the words; then nothing is known. It is never taken for an acceptance or a loss before DATA.
    let refused = SendErrorKind::Unsupported {
        what: "max_message_bytes".to_owned(),
    };
    assert!(
        [refused, SendErrorKind::InDoubt].contains(&error.kind),
        "{error:?}"
    );
    assert!(server.accepted().is_empty());
}

#[tokio::test]
async fn an_answer_too_many_is_never_taken_for_an_acceptance() {
    let server = server().await;
    server.once(Data, SmtpAct::say("354 go ahead\r\n250 2.0.0 queued"));
    let error = refused(&plugin(&server), &message()).await;
    assert_eq!(error.kind, SendErrorKind::Unavailable);
    let server = crate::common::server().await;
    server.once(Mail, SmtpAct::say("250 ok\r\n250 ok"));
    let error = refused(&plugin(&server), &message()).await;
    assert_eq!(error.kind, SendErrorKind::Unavailable);
    assert!(server.accepted().is_empty());
}

#[tokio::test]
async fn a_server_that_hangs_is_unavailable_before_data_and_in_doubt_after_it() {
    let short = || CallContext::new(Duration::from_millis(400), Duration::from_millis(400));
    for (moment, expected) in [
        (Greeting, SendErrorKind::Unavailable),
        (Mail, SendErrorKind::Unavailable),
        (Rcpt, SendErrorKind::Unavailable),
        (Data, SendErrorKind::Unavailable),
        (FirstLine, SendErrorKind::InDoubt),
        (Dot, SendErrorKind::InDoubt),
    ] {
        let server = server().await;
        server.once(moment, Hang);
        let plugin = plugin(&server);
        let (message, short) = (message(), short());
        let sending = plugin.send(&message, &short);
        let error = in_time("the outcome", sending).await.unwrap_err();
        assert_eq!(error.kind, expected, "{moment:?}");
    }
}

#[tokio::test]
async fn nobody_there_is_unavailable_and_a_call_without_time_sends_nothing() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let plugin = crate::common::plugin_at(port, plugin_api::serde_json::json!({}));
    let error = refused(&plugin, &message()).await;
    assert_eq!(error.kind, SendErrorKind::Unavailable);
    assert!(
        error.to_string().contains(&format!("127.0.0.1:{port}")),
        "{error}"
    );

    let server = server().await;
    let over = CallContext::new(Duration::ZERO, Duration::ZERO);
    let error = crate::common::plugin(&server)
        .send(&message(), &over)
        .await
        .unwrap_err();
    assert_eq!(error.kind, SendErrorKind::Unavailable);
    assert!(server.accepted().is_empty());
}

#[tokio::test]
async fn refusals_before_data_are_final_or_not_as_their_codes_say() {
    let refused = |scope| SendErrorKind::ProviderRefused { scope };
    for (moment, line, expected) in [
        (
            Greeting,
            "421 4.3.2 shutting down",
            SendErrorKind::Unavailable,
        ),
        (Greeting, "554 no service", refused(RefusalScope::Provider)),
        (Ehlo, "550 5.7.1 bad name", refused(RefusalScope::Provider)),
        (
            Mail,
            "421 4.7.28 flood",
            SendErrorKind::Throttled { retry_after: None },
        ),
        (Mail, "553 5.7.1 not yours", refused(RefusalScope::Sender)),
        (
            Mail,
            "530 5.7.0 authenticate first",
            refused(RefusalScope::Account),
        ),
        (Data, "451 4.3.0 later", SendErrorKind::Unavailable),
        (Data, "554 5.7.1 policy", refused(RefusalScope::Sender)),
    ] {
        assert_eq!(
            kind(moment, SmtpAct::say(line)).await,
            expected,
            "{moment:?} {line}"
        );
    }
}

#[tokio::test]
async fn after_any_fault_the_next_message_goes_out_and_nothing_was_sent_twice() {
    for (moment, act) in [
        (Mail, SmtpAct::say("451 later")),
        (Rcpt, SmtpAct::say("550 5.1.1 unknown")),
        (Data, SmtpAct::say("451 later")),
        (Dot, SmtpAct::say("554 5.7.1 spam")),
        (Mail, SayAndHangUp("421 bye".to_owned())),
        (Dot, HangUp),
        (Dot, garbage()),
    ] {
        let server: SmtpStandIn = server().await;
        let plugin = plugin(&server);
        server.once(moment, act.clone());
        refused(&plugin, &message()).await;
        send(&plugin, &message()).await.unwrap();
        assert_eq!(server.accepted().len(), 1, "{moment:?} {act:?}");
    }
}

#[tokio::test]
async fn errors_name_neither_people_nor_secrets() {
    let server = server().await;
    let plugin = plugin(&server);
    for (moment, line) in [
        (
            Mail,
            "553 5.7.1 <sales@example.com>: not owned by user sales",
        ),
        (Rcpt, "550 5.1.1 <ann@example.com>: no mailbox ANN here"),
        (Dot, "554 5.7.1 ann=example.com is on a list"),
    ] {
        server.once(moment, SmtpAct::say(line));
        let error = refused(&plugin, &message()).await;
        let shown = format!("{error} {:?} {:?}", error.kind, error.cause);
        for hidden in ["ann", "ANN", "sales", "@"] {
            assert!(!shown.contains(hidden), "{shown}");
        }
    }
}
