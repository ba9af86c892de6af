use plugin_api::RefusalScope::{Account, Provider, Sender};

use super::Stage::{self, Auth, Connect, Content, Data, Hello, Recipient, Sender as From};
use super::Verdict::{self, Recipients, Refused, Throttled, Unavailable, Unsupported};
use super::verdict;
use crate::client::Reply;

fn of(stage: Stage, reply: &str) -> Verdict {
    let (code, text) = reply.split_at(3);
    verdict(stage, &Reply::new(code.parse().unwrap(), text.trim())).0
}

#[test]
fn a_refusal_for_now_is_unavailable_and_a_request_to_slow_down_is_throttled() {
    for stage in [Connect, Hello, From, Recipient, Data, Content] {
        for reply in [
            "421 4.3.2 shutting down",
            "450 4.2.0 greylisted",
            "451",
            "421",
            "450 4.7.1 later",
        ] {
            assert_eq!(of(stage, reply), Unavailable, "{stage:?} {reply}");
        }
        for reply in ["421 4.7.28 flood", "452 4.4.5 congested"] {
            assert_eq!(of(stage, reply), Throttled, "{stage:?} {reply}");
        }
    }
    for stage in [From, Recipient, Data, Content] {
        assert_eq!(of(stage, "454 Throttling failure"), Throttled, "{stage:?}");
    }
    assert_eq!(of(Auth, "454 4.7.0 try later"), Unavailable);
    assert_eq!(of(Content, "452 4.3.1 no space"), Unavailable);
}

#[test]
fn a_login_that_is_refused_or_wanted_concerns_the_account() {
    assert_eq!(of(Auth, "535 5.7.8 wrong"), Refused(Account));
    for stage in [From, Recipient, Data, Content] {
        for reply in ["530 5.7.0 authenticate first", "535", "538"] {
            assert_eq!(of(stage, reply), Refused(Account), "{stage:?} {reply}");
        }
    }
}

#[test]
fn a_server_that_does_not_understand_is_refused_as_a_whole() {
    for stage in [From, Recipient, Data, Content] {
        for reply in [
            "500",
            "502 5.5.1 what",
            "503 5.5.1 sequence",
            "555 5.5.4 parameters",
        ] {
            assert_eq!(of(stage, reply), Refused(Provider), "{stage:?} {reply}");
        }
    }
    assert_eq!(of(Connect, "554 no service"), Refused(Provider));
    assert_eq!(of(Hello, "550 5.7.1 bad name"), Refused(Provider));
}

#[test]
fn each_stage_says_whose_fault_it_is() {
    for (stage, reply, expected) in [
        (From, "553 5.7.1 not yours", Refused(Sender)),
        (From, "550 5.1.8 no such domain", Refused(Sender)),
        (From, "501 5.1.7 syntax", Refused(Sender)),
        (
            From,
            "552 5.3.4 too large",
            Unsupported("max_message_bytes"),
        ),
        (From, "552", Unsupported("max_message_bytes")),
        (From, "553 5.6.7 no UTF-8", Unsupported("smtputf8")),
        (Recipient, "550 5.1.1 unknown", Recipients),
        (Recipient, "550 unknown", Recipients),
        (Recipient, "501 5.1.3 syntax", Recipients),
        (Recipient, "551", Recipients),
        (Recipient, "552 5.2.2 mailbox full", Recipients),
        (Recipient, "552", Recipients),
        (Recipient, "554 5.7.1 relay access denied", Refused(Sender)),
        (Recipient, "550 5.6.7 no UTF-8", Unsupported("smtputf8")),
        (Recipient, "452 4.5.3 too many", Unsupported("recipients")),
        (Recipient, "452 too many", Unsupported("recipients")),
        (Recipient, "452 4.2.2 mailbox full", Unavailable),
        (Recipient, "550 5.5.3 too many", Unsupported("recipients")),
        (Data, "554 5.7.1 policy", Refused(Sender)),
        (
            Content,
            "552 5.3.4 too large",
            Unsupported("max_message_bytes"),
        ),
        (Content, "552", Unsupported("max_message_bytes")),
        (Content, "550 5.7.26 DMARC", Refused(Sender)),
        (Content, "554 5.7.1 spam", Unsupported("content")),
        (Content, "554", Unsupported("content")),
        (Content, "550 5.6.0 media", Unsupported("content")),
        (Content, "550 5.1.1 unknown", Recipients),
    ] {
        assert_eq!(of(stage, reply), expected, "{stage:?} {reply}");
    }
}
