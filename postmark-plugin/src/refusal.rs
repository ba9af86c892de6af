//! From a refusal, or from no answer, to the error the host acts on: the table's verdict with the texts an operator reads.

use std::error::Error;
use std::fmt::Write as _;

use plugin_api::{Message, SendError, SendErrorKind};

use crate::answer::Reply;
use crate::client::{Answer, Failure};
use crate::error::{Verdict, verdict};
use crate::{inactive, redact};

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

impl Failure {
    /// The error for a send that got no answer.
    pub(crate) fn of_send(&self) -> SendError {
        let error = if self.certainly_unsent {
            SendError::unavailable(self.not_reached("nothing was sent; "))
        } else {
            SendError::in_doubt(format!(
                "postmark: no answer came from {} after the request was written: {}",
                self.service, self.why
            ))
        };
        error.caused_by(self.cause.clone())
    }

    /// The error for a question that got no answer.
    pub(crate) fn of_question(&self) -> SendError {
        SendError::unavailable(self.not_reached("")).caused_by(self.cause.clone())
    }

    fn not_reached(&self, so: &str) -> String {
        format!(
            "postmark: {} was not reached: {}; {so}check the network, `base_url` and `proxy`",
            self.service, self.why
        )
    }
}

/// An error and everything beneath it, on one line.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let _ = write!(text, ": {cause}");
        next = cause.source();
    }
    text
}

/// What lies at the bottom of an error: the wrappers above say where in the code it was noticed.
pub(crate) fn innermost(error: &dyn Error) -> String {
    let mut innermost = error;
    while let Some(cause) = innermost.source() {
        innermost = cause;
    }
    innermost.to_string()
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
