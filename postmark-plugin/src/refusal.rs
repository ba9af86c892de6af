//! From a refusal, or from no answer, to the error the host acts on: the table's verdict with the texts an operator reads.

use std::fmt::Write as _;

use plugin_api::{Message, SendError, SendErrorKind};

use crate::answer::Reply;
use crate::error::{Verdict, verdict};
use crate::{inactive, redact};
use plugin_http::Answer;

/// The error for an answer, or an item of an answer, that accepts nothing.
pub(crate) fn refused(answer: &Answer, reply: Option<&Reply>, message: &Message) -> SendError {
    let code = reply.and_then(|reply| reply.code);
    let text = reply.map_or("", |reply| &reply.message);
    let (verdict, says) = verdict(answer.status, code);
    let says = sentence(says, answer, code, text);
    let error = match verdict {
        // Whether Postmark takes a message without To is not documented: another service does.
        Verdict::Invalid if message.to().next().is_none() => SendError::unsupported("To", says),
        Verdict::Invalid => SendError::new(
            SendErrorKind::InvalidMessage {
                field: field_at_fault(text).map(str::to_owned),
            },
            says,
        ),
        Verdict::Suppressed => SendError::suppressed(inactive::of_refusal(text, message), says),
        verdict => general(verdict, answer, says),
    };
    finish(error, answer, code)
}

/// The error for an answer to a question (reading, suppressions), where no message can be in doubt.
pub(crate) fn refused_question(answer: &Answer, reply: Option<&Reply>) -> SendError {
    let code = reply.and_then(|reply| reply.code);
    let (verdict, says) = match verdict(answer.status, code) {
        (Verdict::InDoubt, says) => (Verdict::Unavailable, says),
        row => row,
    };
    let says = sentence(says, answer, code, reply.map_or("", |reply| &reply.message));
    finish(general(verdict, answer, says), answer, code)
}

fn general(verdict: Verdict, answer: &Answer, says: String) -> SendError {
    match verdict {
        Verdict::Invalid => SendError::invalid_message(says),
        Verdict::Suppressed => SendError::suppressed(Vec::new(), says),
        Verdict::Refused(scope) => SendError::refused(scope, says),
        Verdict::Throttled => SendError::throttled(answer.retry_after, says),
        Verdict::Unavailable => SendError::unavailable(says),
        Verdict::InDoubt => SendError::in_doubt(says),
        Verdict::Unsupported(what) => SendError::unsupported(what, says),
    }
}

fn finish(error: SendError, answer: &Answer, code: Option<i64>) -> SendError {
    let status = answer.status;
    let error = error.with_provider_code(match code {
        Some(code) => format!("{status}/{code}"),
        None => status.to_string(),
    });
    match &answer.cut {
        Some(cut) => error.caused_by(format!("the answer broke off: {cut}")),
        None => error,
    }
}

fn sentence(says: &str, answer: &Answer, code: Option<i64>, text: &str) -> String {
    let mut sentence = format!("postmark: {says} (HTTP {}", answer.status);
    if let Some(code) = code {
        let _ = write!(sentence, ", code {code}");
    }
    sentence.push(')');
    // The text of 300 quotes names and addresses, that of 406 is a list of addresses.
    let shown = match code {
        Some(406) => String::new(),
        code => redact::public(text, !matches!(code, Some(11 | 300))),
    };
    if !shown.is_empty() {
        let _ = write!(sentence, ": {shown}");
    }
    sentence
}

fn field_at_fault(text: &str) -> Option<&'static str> {
    match text {
        text if text.starts_with("Invalid metadata content") => Some("Metadata"),
        text if text.starts_with("Zero recipients") => Some("To"),
        text => redact::field_in(text),
    }
}
