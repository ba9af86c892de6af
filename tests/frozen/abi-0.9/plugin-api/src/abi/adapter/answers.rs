//! Answers the adapter gives in place of the author's.

use abi_stable::std_types::RVec;

use crate::abi::record::{ErrorRecord, LookupRecord};
use crate::abi::runtime::Interrupted;
use crate::abi::table::Answer;
use crate::{Lookup, RefusalScope, SendError, SuppressionChange, WebhookError, WebhookErrorKind};

pub(super) fn answer<T, R: From<T>, E: Into<ErrorRecord>>(result: Result<T, E>) -> Answer<R> {
    match result {
        Ok(value) => Answer::ROk(value.into()),
        Err(error) => answer_err(error),
    }
}

pub(super) fn answer_err<R>(error: impl Into<ErrorRecord>) -> Answer<R> {
    Answer::RErr(error.into())
}

/// As many answers as questions, whatever the other side gave.
pub(in crate::abi) fn complete<T>(
    answers: Vec<T>,
    expected: usize,
    missing: impl Fn() -> T,
) -> Vec<T> {
    let mut answers = answers;
    answers.resize_with(expected, missing);
    answers
}

/// What became of an address the plugin said nothing about.
pub(in crate::abi) fn unanswered() -> SuppressionChange {
    SuppressionChange::Unknown("the plugin did not answer for it".to_owned())
}

/// A call that changes something at the service and was cut short: only one that never began has certainly changed nothing.
pub(super) fn interrupted(why: &Interrupted) -> SendError {
    match why {
        Interrupted::NeverBegun => SendError::unavailable(why.to_string()),
        _ => SendError::in_doubt(why.to_string()),
    }
}

pub(super) fn refused(why: &Interrupted) -> SendError {
    SendError::refused(RefusalScope::Provider, why.to_string())
}

pub(super) fn unknown(count: usize, why: &str) -> RVec<LookupRecord> {
    (0..count).map(|_| Lookup::unknown(why).into()).collect()
}

pub(super) fn unsupported_webhook(error: &SendError) -> WebhookError {
    WebhookError::new(WebhookErrorKind::Unsupported, error.to_string())
}

pub(super) fn broken_webhook(panic: &str) -> WebhookError {
    WebhookError::failed(format!(
        "the plugin panicked while reading the request: {panic}"
    ))
}
