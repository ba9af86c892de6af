//! From a refusal to the error the host acts on: the table's verdict with the texts an operator reads.

use std::time::Duration;

use plugin_api::serde_json::{Value, from_slice};
use plugin_api::{SendError, SendErrorKind, Timestamp};
use plugin_http::{Answer, Fields, without_addresses};

use crate::SERVICE;
use crate::error::{Verdict, verdict};

/// A longer wait is taken for this one: nobody asks for more in earnest.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// The first of the faults that an answer lists.
pub(crate) struct Fault {
    /// The path of the field, such as `personalizations.0.to.0.email`.
    pub(crate) field: Option<String>,
    text: String,
}

impl Fault {
    /// `{"errors":[{"message","field","help"}]}`; a field that is `null`, or the text `null`, is none.
    pub(crate) fn of(answer: &Answer) -> Option<Self> {
        let value: Value = from_slice(&answer.body).ok()?;
        let fault = Fields::of(&value)?.objects("errors").next()?;
        Some(Self {
            field: fault.text("field").filter(|field| field != "null"),
            text: fault.text("message").unwrap_or_default(),
        })
    }

    /// Which of a request's messages it speaks of: what is not one's own part is everybody's.
    pub(crate) fn blame(&self) -> Blame {
        let mut parts = self.field.as_deref().unwrap_or_default().split('.');
        match (parts.next().unwrap_or_default(), parts.next()) {
            ("personalizations", Some(place)) => place.parse().map_or(Blame::Nobody, Blame::One),
            ("" | "personalizations", _) => Blame::Nobody,
            _ => Blame::All,
        }
    }
}

/// Which of a request's messages a refusal speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Blame {
    All,
    One(usize),
    /// It does not say.
    Nobody,
}

impl Blame {
    pub(crate) fn concerns(self, place: usize) -> bool {
        match self {
            Self::All => true,
            Self::One(blamed) => blamed == place,
            Self::Nobody => false,
        }
    }
}

/// The error for an answer to a send that accepts nothing.
pub(crate) fn refused(answer: &Answer, fault: Option<&Fault>) -> SendError {
    let (verdict, says) = verdict(answer.status, fault.is_some(), field(fault));
    let says = sentence(says, answer, fault);
    finish(
        match verdict {
            Verdict::Invalid(field) => SendError::new(
                SendErrorKind::InvalidMessage {
                    field: field.map(str::to_owned),
                },
                says,
            ),
            Verdict::Refused(scope) => SendError::refused(scope, says),
            Verdict::Throttled => SendError::throttled(wait(answer), says),
            Verdict::Unavailable => SendError::unavailable(says),
            Verdict::InDoubt => SendError::in_doubt(says),
            Verdict::Unsupported(what) => SendError::unsupported(what, says),
        },
        answer,
    )
}

/// The error for an answer to a question (reading, suppressions), where no message can be in doubt.
pub(crate) fn refused_question(answer: &Answer) -> SendError {
    let fault = Fault::of(answer);
    let mut error = refused(answer, fault.as_ref());
    if error.kind == SendErrorKind::InDoubt {
        error.kind = SendErrorKind::Unavailable;
    }
    error
}

fn field(fault: Option<&Fault>) -> Option<&str> {
    fault.and_then(|fault| fault.field.as_deref())
}

/// `Retry-After` where there is one, else the moment of `X-RateLimit-Reset` (seconds since 1970), by the service's clock.
fn wait(answer: &Answer) -> Option<Duration> {
    answer.retry_after.or_else(|| {
        let reset: i64 = answer.header("X-RateLimit-Reset")?.trim().parse().ok()?;
        let now = answer.date.unwrap_or_else(Timestamp::now).as_second();
        let seconds = u64::try_from(reset.saturating_sub(now)).unwrap_or_default();
        Some(Duration::from_secs(seconds).min(LONGEST_WAIT))
    })
}

fn sentence(says: &str, answer: &Answer, fault: Option<&Fault>) -> String {
    let sentence = format!("{SERVICE}: {says} (HTTP {})", answer.status);
    match fault.map(|fault| without_addresses(&fault.text)) {
        Some(text) if !text.is_empty() => format!("{sentence}: {text}"),
        _ => sentence,
    }
}

fn finish(error: SendError, answer: &Answer) -> SendError {
    let error = error.with_provider_code(answer.status.to_string());
    match &answer.cut {
        Some(cut) => error.caused_by(format!("the answer broke off: {cut}")),
        None => error,
    }
}
