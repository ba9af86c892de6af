//! From a refusal, or from a lost connection, to the error the host acts on: the table's verdict with the texts an operator reads.

use plugin_api::{RefusalScope, SendError};

use crate::client::{Failure, NotOpen, Reply, Server};
use crate::error::{Stage, Verdict, verdict};
use crate::redact::{People, public};

/// The error for a connection that was not made: nothing was sent.
pub(crate) fn not_open(server: &Server, not_open: &NotOpen) -> SendError {
    let NotOpen { stage, failure } = not_open;
    let server = server.name();
    match (stage, failure) {
        // Servers repeat user names here.
        (Stage::Auth, Failure::Refused(reply)) => of_reply(
            *stage,
            &Reply::new(reply.code, enhanced(reply)),
            &People::nobody(),
        ),
        (_, Failure::Refused(reply)) => of_reply(*stage, reply, &People::nobody()),
        (Stage::NoTls, Failure::Lost(why)) => SendError::refused(
            RefusalScope::Provider,
            format!(
                "smtp: {server}: {why}; set `tls` to `implicit` if its port is for that, often 465"
            ),
        ),
        (Stage::NoMechanism, Failure::Lost(why)) => SendError::refused(
            RefusalScope::Account,
            format!("smtp: {server}: {why}; check `mechanism` and `tls`"),
        ),
        (_, Failure::Lost(why)) => SendError::unavailable(format!(
            "smtp: {server} was not reached: {why}; nothing was sent; check the network, `host`, `port`, `tls` and `ca_file`"
        )),
    }
}

/// The error for a connection that was lost before anything of the message left.
pub(crate) fn lost_before(server: &Server, why: &str) -> SendError {
    SendError::unavailable(format!(
        "smtp: {}: the connection was lost before the message was sent: {why}",
        server.name()
    ))
}

/// The error for a connection that was lost after the server had asked for the message.
///
/// Nobody may accept a message without its final dot (RFC 5321, 4.1.1.10), and what a server does with a broken-off one is not seen from
/// here: from the first byte on, only an answer counts.
pub(crate) fn lost_after(server: &Server, why: &str) -> SendError {
    SendError::in_doubt(format!(
        "smtp: {}: the connection was lost after DATA, without an answer for the message: {why}",
        server.name()
    ))
}

/// The error for a refusal.
pub(crate) fn of_reply(stage: Stage, reply: &Reply, people: &People) -> SendError {
    let (verdict, says) = verdict(stage, reply);
    let says = sentence(says, reply, people);
    let error = match verdict {
        Verdict::Recipients => SendError::invalid_field("To", says),
        Verdict::Refused(scope) => SendError::refused(scope, says),
        Verdict::Throttled => SendError::throttled(None, says),
        Verdict::Unavailable => SendError::unavailable(says),
        Verdict::Unsupported(what) => SendError::unsupported(what, says),
    };
    error.with_provider_code(reply.provider_code())
}

fn sentence(says: &str, reply: &Reply, people: &People) -> String {
    let code = match reply.enhanced {
        Some(enhanced) => format!("{} {enhanced}", reply.code),
        None => reply.code.to_string(),
    };
    match public(reply.words(), people) {
        words if words.is_empty() => format!("smtp: {says} ({code})"),
        words => format!("smtp: {says} ({code}): {words}"),
    }
}

fn enhanced(reply: &Reply) -> String {
    reply.enhanced.map(|it| it.to_string()).unwrap_or_default()
}
