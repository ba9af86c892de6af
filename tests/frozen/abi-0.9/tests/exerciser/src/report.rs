//! Answers as JSON, field by field: fields that the API gains later change nothing here.

use plugin_api::{
    CheckReport, Event, Lookup, Receipt, SendError, Suppression, SuppressionChange,
    SuppressionPage, Timestamp, Unsubscribe, UnsubscribeLink, WebhookError,
};
use serde_json::{Value, json};

pub(crate) fn outcome(result: Result<Receipt, SendError>) -> Value {
    result.map_or_else(refusal, receipt)
}

fn refusal(error: SendError) -> Value {
    json!({
        "kind": word(&error.kind),
        "message": error.message,
        "provider_code": error.provider_code,
        "cause": error.cause.map(|cause| cause.to_string()),
    })
}

fn receipt(receipt: Receipt) -> Value {
    let recipients = receipt.recipients.iter();
    let duplicates = receipt.duplicates.iter();
    json!({
        "id": receipt.id.as_str(),
        "accepted_at": moment(receipt.accepted_at),
        "recipients": recipients.map(|result| json!([result.address, word(&result.outcome), result.detail, result.id.as_ref().map(plugin_api::ProviderMessageId::as_str)])).collect::<Value>(),
        "duplicates": duplicates.map(plugin_api::ProviderMessageId::as_str).collect::<Value>(),
        "note": receipt.note,
    })
}

pub(crate) fn lookups(found: Vec<Lookup>) -> Value {
    let shown = |lookup| match lookup {
        Lookup::Found(found) => json!({ "found": receipt(found) }),
        Lookup::Absent { indexed_through } => json!({ "absent": moment(indexed_through) }),
        Lookup::Unknown { why } => json!({ "unknown": why }),
        other => word(&other),
    };
    found.into_iter().map(shown).collect()
}

pub(crate) fn check(result: Result<CheckReport, SendError>) -> Value {
    result.map_or_else(
        refusal,
        |report| json!({ "account": report.account, "warnings": report.warnings }),
    )
}

pub(crate) fn events(result: Result<Vec<Event>, WebhookError>) -> Value {
    result.map_or_else(misread, |events| events.into_iter().map(event).collect())
}

fn event(event: Event) -> Value {
    json!({
        "kind": word(&event.kind),
        "occurred_at": moment(event.occurred_at),
        "recipient": event.recipient,
        "provider_message_id": event.provider_message_id.map(|id| id.to_string()),
        "tracking_id": event.tracking_id,
        "account_uid": event.account_uid,
        "stream": event.stream,
        "event_id": event.event_id,
        "detail": event.detail,
        "suppresses": event.suppresses,
    })
}

fn misread(error: WebhookError) -> Value {
    json!({ "kind": word(&error.kind), "message": error.message })
}

pub(crate) fn page(result: Result<SuppressionPage, SendError>) -> Value {
    result.map_or_else(refusal, |page| {
        let entries = page.entries.into_iter().map(suppression);
        json!({ "entries": entries.collect::<Value>(), "next": page.next })
    })
}

fn suppression(entry: Suppression) -> Value {
    json!([
        entry.address,
        word(&entry.reason),
        word(&entry.origin),
        moment(entry.created_at)
    ])
}

pub(crate) fn changes(result: Result<Vec<SuppressionChange>, SendError>) -> Value {
    let shown = |change: &SuppressionChange| word(change);
    result.map_or_else(refusal, |changes| changes.iter().map(shown).collect())
}

pub(crate) fn link(link: Option<UnsubscribeLink>) -> Value {
    word(&link)
}

pub(crate) fn unsubscribes(result: Result<Option<Vec<Unsubscribe>>, WebhookError>) -> Value {
    result.map_or_else(misread, |found| {
        found.map_or(Value::Null, |list| {
            list.into_iter().map(unsubscribe).collect()
        })
    })
}

fn unsubscribe(found: Unsubscribe) -> Value {
    json!({
        "account_uid": found.account_uid,
        "tracking_id": found.tracking_id.map(|id| id.to_string()),
        "recipient": found.recipient,
        "stream": found.stream,
        "at": moment(Some(found.at)),
        "suppress": found.suppress,
        "reason": word(&found.reason),
        "origin": word(&found.origin),
        "event_id": found.event_id,
        "provider_message_id": found.provider_message_id.map(|id| id.to_string()),
        "detail": found.detail,
    })
}

fn moment(time: Option<Timestamp>) -> Value {
    time.map(Timestamp::as_microsecond).into()
}

/// Variants by their names.
fn word(value: &impl std::fmt::Debug) -> Value {
    Value::from(format!("{value:?}"))
}
