//! Each recipient has an answer of its own.

use plugin_api::{RecipientOutcome, RefusalScope, SendErrorKind};
use plugin_testkit::smtp::SmtpAct::{self, GoOn};
use plugin_testkit::smtp::{SmtpMoment, SmtpStandIn};

use crate::common::{blank, mailbox, message_to, plugin, refused, send, server};

async fn with(acts: impl IntoIterator<Item = SmtpAct>) -> SmtpStandIn {
    let server = server().await;
    server.at_moment(SmtpMoment::Rcpt, acts);
    server
}

fn no(line: &str) -> SmtpAct {
    SmtpAct::say(line)
}

const UNKNOWN: &str = "550 5.1.1 <bob@example.com>: unknown";

#[tokio::test]
async fn who_is_refused_for_good_is_named_and_the_others_get_the_message() {
    let server = with([
        GoOn,
        no(UNKNOWN),
        no("251 will forward"),
        no("550 5.7.1 policy"),
    ])
    .await;
    let people = [
        "ann@example.com",
        "Bob@example.com",
        "cid@example.com",
        "dan@example.com",
    ];
    let receipt = send(&plugin(&server), &message_to(&people)).await.unwrap();
    let named: Vec<_> = receipt
        .recipients
        .iter()
        .map(|one| (one.address.as_str(), one.outcome))
        .collect();
    let rejected = RecipientOutcome::Rejected;
    assert_eq!(
        named,
        [("Bob@example.com", rejected), ("dan@example.com", rejected)]
    );
    let detail = receipt.recipients[0].detail.clone().unwrap();
    assert_eq!(detail, "550 5.1.1 <address> unknown");
    assert_eq!(server.accepted().len(), 1);
}

#[tokio::test]
async fn when_all_are_refused_for_good_the_message_is_invalid() {
    let server = with([no(UNKNOWN), no("550 5.1.2 no such domain")]).await;
    let people = message_to(&["ann@example.com", "bob@example.com"]);
    let error = refused(&plugin(&server), &people).await;
    let field = Some("To".to_owned());
    assert_eq!(error.kind, SendErrorKind::InvalidMessage { field });
    assert_eq!(error.provider_code.as_deref(), Some("550/5.1.1"));
    assert!(server.accepted().is_empty());
}

#[tokio::test]
async fn when_all_are_refused_and_one_by_policy_another_provider_may_take_it() {
    let server = with([no(UNKNOWN), no("554 5.7.1 relay access denied")]).await;
    let people = message_to(&["ann@example.com", "bob@example.com"]);
    let error = refused(&plugin(&server), &people).await;
    let scope = RefusalScope::Sender;
    assert_eq!(error.kind, SendErrorKind::ProviderRefused { scope });
}

#[tokio::test]
async fn one_who_is_refused_for_now_puts_off_the_whole_message() {
    for (line, expected) in [
        ("450 4.2.0 greylisted", SendErrorKind::Unavailable),
        ("421 4.3.2 shutting down", SendErrorKind::Unavailable),
        (
            "451 4.7.28 flood",
            SendErrorKind::Throttled { retry_after: None },
        ),
    ] {
        let server = with([GoOn, no(line)]).await;
        let people = message_to(&["ann@example.com", "bob@example.com"]);
        assert_eq!(
            refused(&plugin(&server), &people).await.kind,
            expected,
            "{line}"
        );
        assert!(server.accepted().is_empty(), "{line}");
    }
}

#[tokio::test]
async fn a_server_that_takes_fewer_recipients_cannot_carry_the_message() {
    let server = with([GoOn, no("452 4.5.3 too many recipients")]).await;
    let people = message_to(&["ann@example.com", "bob@example.com"]);
    let what = "recipients".to_owned();
    assert_eq!(
        refused(&plugin(&server), &people).await.kind,
        SendErrorKind::Unsupported { what }
    );
    assert!(server.accepted().is_empty());
}

#[tokio::test]
async fn a_login_that_is_wanted_at_rcpt_is_no_fault_of_the_recipient() {
    let server = with([no("530 5.7.0 authenticate first")]).await;
    let scope = RefusalScope::Account;
    let error = refused(&plugin(&server), &message_to(&["ann@example.com"])).await;
    assert_eq!(error.kind, SendErrorKind::ProviderRefused { scope });
}

#[tokio::test]
async fn everybody_is_told_once_masked_ones_never_and_bcc_stands_in_no_header() {
    let server = server().await;
    let message = blank()
        .text_body("Hi")
        .to(mailbox("ann@example.com"))
        .cc(mailbox("ANN@example.com"))
        .cc(mailbox("bob@example.com"))
        .bcc(mailbox("cid@example.com"))
        .build()
        .unwrap()
        .only_to(|address| address != "bob@example.com");
    send(&plugin(&server), &message).await.unwrap();
    let sent = &server.accepted()[0];
    let told: Vec<&str> = sent
        .recipients
        .iter()
        .map(|line| line.split(' ').nth(1).unwrap())
        .collect();
    assert_eq!(told, ["TO:<ann@example.com>", "TO:<cid@example.com>"]);
    assert!(
        !sent.content.contains("bob") && !sent.content.contains("cid"),
        "{}",
        sent.content
    );
}

#[tokio::test]
async fn a_message_with_nobody_left_is_refused_before_anything_is_said() {
    let server = server().await;
    let message = message_to(&["ann@example.com"]).only_to(|_| false);
    let field = Some("To".to_owned());
    assert_eq!(
        refused(&plugin(&server), &message).await.kind,
        SendErrorKind::InvalidMessage { field }
    );
    assert_eq!(server.connections(), 0);
}
