//! Answers that repeat the question in every field, so that a test sees what arrived, and that use every field of an answer.

use std::time::Duration;

use crate::describe;
use plugin_api::prelude::*;
use plugin_api::serde_json::json;

/// The moment in every answer.
const MOMENT: i64 = 1_790_000_000_123_456;

pub(crate) fn moment() -> Timestamp {
    Timestamp::from_microsecond(MOMENT).expect("within range")
}

pub(crate) fn capabilities() -> Capabilities {
    Capabilities::new()
        .with_limit(Capability::MaxBatch, 7)
        .with_limit(Capability::MaxMessageBytes, u64::MAX)
        .with(Capability::FindSent)
        .with(Capability::Suppressions)
        .with_key("test.own", 3)
}

/// A subject `error-KIND` gives that kind of error; anything else a receipt whose note is the message.
pub(crate) fn send(message: &Message, context: &CallContext) -> Result<Receipt, SendError> {
    if let Some(kind) = message.subject().strip_prefix("error-") {
        return Err(error(kind, message));
    }
    let mut receipt = Receipt::new(ProviderMessageId::new(format!(
        "echo-{}",
        message.tracking_id()
    )));
    receipt.accepted_at = Some(moment());
    receipt.recipients = message
        .recipients()
        .zip([
            RecipientOutcome::Accepted,
            RecipientOutcome::Suppressed,
            RecipientOutcome::Rejected,
            RecipientOutcome::Deferred,
        ])
        .map(|(mailbox, outcome)| {
            RecipientResult::new(mailbox.address(), outcome)
                .with_detail(format!("{outcome:?}"))
                .with_id(ProviderMessageId::new(format!("copy-{outcome:?}")))
        })
        .collect();
    receipt.duplicates = vec![ProviderMessageId::new("echo-twin")];
    receipt.note = Some(describe::message(message, context).to_string());
    Ok(receipt)
}

fn error(kind: &str, message: &Message) -> SendError {
    let scope = |scope| SendErrorKind::ProviderRefused { scope };
    let addresses = || message.to().map(|to| to.address().to_owned()).collect();
    let kind = match kind {
        "invalid" => SendErrorKind::InvalidMessage {
            field: Some("Subject".to_owned()),
        },
        "invalid-somewhere" => SendErrorKind::InvalidMessage { field: None },
        "suppressed" => SendErrorKind::RecipientSuppressed {
            addresses: addresses(),
        },
        "sender" => scope(RefusalScope::Sender),
        "stream" => scope(RefusalScope::Stream),
        "account" => scope(RefusalScope::Account),
        "provider" => scope(RefusalScope::Provider),
        "throttled" => SendErrorKind::Throttled {
            retry_after: Some(Duration::from_millis(1500)),
        },
        "throttled-somewhat" => SendErrorKind::Throttled { retry_after: None },
        "unavailable" => SendErrorKind::Unavailable,
        "unsupported" => SendErrorKind::Unsupported {
            what: "templates".to_owned(),
        },
        _ => SendErrorKind::InDoubt,
    };
    SendError::new(kind, "what happened")
        .with_provider_code("422/300")
        .caused_by("what lies underneath")
}

/// Numbers at the edge of what can be said.
pub(crate) fn rubbish_error() -> SendError {
    let retry_after = Some(Duration::MAX);
    SendError::new(SendErrorKind::Throttled { retry_after }, "")
}

/// One of each kind in turn; what was asked stands in the answer.
pub(crate) fn find_sent(queries: &[SentQuery], context: &CallContext) -> Vec<Lookup> {
    let answer = |(index, query): (usize, &SentQuery)| {
        let question = json!({
            "tracking_id": query.tracking_id.to_string(),
            "stream": query.stream,
            "to": query.to,
            "attempted_at": query.attempted_at.as_microsecond(),
            "deadline_at": query.deadline_at.as_microsecond(),
            "attempt": context.attempt(),
        });
        match index % 4 {
            0 => {
                let mut receipt = Receipt::new(ProviderMessageId::new("echo-found"));
                receipt.note = Some(question.to_string());
                Lookup::Found(receipt)
            }
            1 => Lookup::Absent {
                indexed_through: Some(moment()),
            },
            2 => Lookup::Absent {
                indexed_through: None,
            },
            _ => Lookup::unknown(question.to_string()),
        }
    };
    queries.iter().enumerate().map(answer).collect()
}

pub(crate) fn check(account: &str, context: &CallContext) -> CheckReport {
    let mut report = CheckReport::new(account);
    report.warnings = vec![describe::context_only(context).to_string()];
    report
}

pub(crate) fn suppression_page(query: &SuppressionQuery) -> SuppressionPage {
    let question = json!({
        "stream": query.stream,
        "cursor": query.cursor,
        "reason": query.reason.map(|reason| format!("{reason:?}")),
        "since": query.since.map(Timestamp::as_microsecond),
    });
    let reasons = [
        SuppressionReason::Unsubscribed,
        SuppressionReason::HardBounce,
        SuppressionReason::Complaint,
        SuppressionReason::Other,
    ];
    let origins = [
        SuppressionOrigin::Recipient,
        SuppressionOrigin::Customer,
        SuppressionOrigin::Admin,
        SuppressionOrigin::Unknown,
    ];
    let mut entries: Vec<Suppression> = reasons
        .into_iter()
        .zip(origins)
        .map(|(reason, origin)| Suppression::new(question.to_string(), reason, origin))
        .collect();
    entries[0].created_at = Some(moment());
    SuppressionPage::new(entries, Some("next".to_owned()))
}

/// Done, refused with everything that was asked, and unknown, in turn.
pub(crate) fn changes(word: &str, edit: &SuppressionEdit) -> Vec<SuppressionChange> {
    let question = format!("{:?}, {:?}", edit.stream, edit.reason);
    let change = |(index, address): (usize, &String)| match index % 3 {
        0 => SuppressionChange::Done,
        1 => SuppressionChange::Refused(format!("not {word}, {question}: {address}")),
        _ => SuppressionChange::Unknown("no answer".to_owned()),
    };
    edit.addresses.iter().enumerate().map(change).collect()
}
