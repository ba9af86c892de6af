//! What each refusal means: one table from (stage, code, enhanced code) to what the host does next.
//!
//! Sources: RFC 5321 (4.2 replies, 4.5.3 limits), RFC 3463 and its registry (enhanced codes), RFC 4954 (AUTH), RFC 1870 (SIZE), RFC 7372
//! (authentication of mail). A 4yz or 5yz answer, also to the final dot, binds the server not to deliver (RFC 5321, 4.2.5).

use plugin_api::RefusalScope;

use crate::client::Reply;

/// What was asked when the server said no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The connection, its encryption and the greeting.
    Connect,
    /// The server does not encrypt.
    NoTls,
    /// EHLO.
    Hello,
    /// The server has none of the configured ways to log in.
    NoMechanism,
    Auth,
    /// MAIL FROM.
    Sender,
    /// RCPT TO.
    Recipient,
    /// DATA, before anything of the message.
    Data,
    /// The message and its final dot.
    Content,
}

/// What the host does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// This recipient, or all of them, cannot be mailed by anybody.
    Recipients,
    Refused(RefusalScope),
    Throttled,
    Unavailable,
    Unsupported(&'static str),
}

/// The table: what a refusal means, and what an operator should know.
pub(crate) fn verdict(stage: Stage, reply: &Reply) -> (Verdict, &'static str) {
    let enhanced = reply.enhanced.map(|it| (it.subject, it.detail));
    match reply.code {
        400..=499 => transient(stage, reply.code, enhanced),
        _ => permanent(stage, reply.code, enhanced),
    }
}

fn transient(stage: Stage, code: u16, enhanced: Option<(u16, u16)>) -> (Verdict, &'static str) {
    use Verdict::{Throttled, Unavailable, Unsupported};
    match (stage, code, enhanced) {
        // Mail system congestion, mail flood.
        (_, _, Some((4, 5) | (7, 28))) => (Throttled, "the server asks to slow down"),
        (Stage::Recipient, 452, None | Some((5, 3))) | (Stage::Recipient, _, Some((5, 3))) => (
            Unsupported("recipients"),
            "the server takes fewer recipients in one message",
        ),
        // Everywhere else it is about encryption and login; Amazon's service says it when its rate is passed.
        (Stage::Sender | Stage::Recipient | Stage::Data | Stage::Content, 454, _) => {
            (Throttled, "the server asks to slow down")
        }
        _ => (Unavailable, "the server refused it for now"),
    }
}

fn permanent(stage: Stage, code: u16, enhanced: Option<(u16, u16)>) -> (Verdict, &'static str) {
    use RefusalScope::{Account, Provider};
    use Verdict::{Recipients, Refused, Unsupported};
    let protocol = (
        Refused(Provider),
        "the server does not understand this plugin's commands; check `host` and `port`",
    );
    match (stage, code, enhanced) {
        (Stage::Connect | Stage::NoTls | Stage::Hello, ..) => (
            Refused(Provider),
            "the server does not want this connection; check `host`, `port`, `tls` and `hello_name`",
        ),
        (Stage::NoMechanism | Stage::Auth, ..) => (
            Refused(Account),
            "the login was refused; check `username`, `password` and `mechanism`",
        ),
        (_, 530 | 534 | 535 | 538, _) => (
            Refused(Account),
            "the server wants a login, or another one; check `username`, `password` and `tls`",
        ),
        (Stage::Recipient, _, Some((5, 3))) => (
            Unsupported("recipients"),
            "the server takes fewer recipients in one message",
        ),
        // Which command was wrong matters less than that one was: this plugin asks for nothing that was not offered.
        (_, 500 | 502 | 503 | 504 | 555, _) => protocol,
        (_, _, Some((5, 0 | 1 | 2 | 4 | 5))) => protocol,
        (_, _, Some((3, 4))) | (Stage::Sender | Stage::Content, 552 | 523, _) => (
            Unsupported("max_message_bytes"),
            "the message is too large for the server",
        ),
        (_, _, Some((6, 7..=10))) | (_, 550 | 553, Some((6, _))) if stage != Stage::Content => (
            Unsupported("smtputf8"),
            "the server does not carry addresses in other scripts",
        ),
        (Stage::Sender, ..) => (sender(), SENDER),
        // Without a login most servers say so here, for every recipient: "relay access denied".
        (Stage::Recipient, _, Some((7, _))) => (sender(), POLICY),
        (Stage::Recipient, ..) => (Recipients, "the server refused the recipients for good"),
        (Stage::Data, ..) => (sender(), POLICY),
        // SPF, DKIM, DMARC, reverse DNS and null MX of the sender.
        (Stage::Content, _, Some((7, 20..=27))) => (
            sender(),
            "the server found the sender not authenticated (SPF, DKIM or DMARC); check the domain's records and `dkim_domain`",
        ),
        (Stage::Content, _, Some((1 | 2, _))) => {
            (Recipients, "the server refused the recipients for good")
        }
        (Stage::Content, ..) => (
            Unsupported("content"),
            "the server refused the message for what is in it; another service may take it",
        ),
    }
}

const SENDER: &str = "the server does not let this account send from this address; check the sender, `return_path` and `username`";
const POLICY: &str =
    "the server's policy refused it; check that this account may send from this address to others";

fn sender() -> Verdict {
    Verdict::Refused(RefusalScope::Sender)
}

#[cfg(test)]
mod tests;
