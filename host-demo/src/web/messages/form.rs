//! The record in the shape Postmark's clients read.

use plugin_api::{Message, TrackLinks};
use plugin_host::{
    AttemptView, MessageState, MessageSummary, MessageView, RecipientView, StoredDecision,
    TimelineEntry,
};
use serde_json::{Map, Value, json};

use super::parameters::DEFAULT_STREAM;
use crate::web::email::seven_digits;

/// A message in a list.
pub(super) fn summary(message: &MessageSummary) -> Value {
    let of_kind = |kind: &str| -> Vec<Value> {
        let people = message.recipients.iter().filter(|it| it.kind == kind);
        people
            .map(|it| json!({ "Email": it.address, "Name": it.name }))
            .collect()
    };
    json!({
        "Tag": message.tag.as_deref().unwrap_or_default(),
        "MessageID": message.tracking_id.to_string(),
        "MessageStream": message.stream.as_deref().unwrap_or(DEFAULT_STREAM),
        "To": of_kind("to"),
        "Cc": of_kind("cc"),
        "Bcc": of_kind("bcc"),
        "Recipients": message.recipients.iter().map(|it| it.address.as_str()).collect::<Vec<_>>(),
        "ReceivedAt": seven_digits(message.accepted_at),
        "From": message.from,
        "Subject": message.subject,
        "Attachments": message.attachments,
        "Status": status(message.state),
        "TrackOpens": message.track_opens.unwrap_or(false),
        "TrackLinks": links(message.track_links),
        "Metadata": metadata(message),
        "Sandboxed": false,
        "State": message.state,
    })
}

/// A message with everything that happened to it. `Recipients` are Postmark's plain addresses, since typed clients read them as such;
/// `RecipientStatuses` says what became of each.
pub(super) fn details(
    view: &MessageView,
    content: &Message,
    decisions: &[StoredDecision],
) -> Value {
    let message = &view.summary;
    let mut shown = summary(message);
    let more = json!({
        "TextBody": content.text_body(),
        "HtmlBody": content.html_body(),
        "Body": "",
        "MessageEvents": view.timeline.iter().filter_map(event).collect::<Vec<_>>(),
        "Reason": message.reason,
        "RecipientStatuses": message.recipients.iter().map(recipient).collect::<Vec<_>>(),
        "Provider": message.provider,
        "ProviderMessageID": message.provider_message_id,
        "FinalizedAt": message.finalized_at.map(seven_digits),
        "Attempts": view.attempts.iter().map(attempt).collect::<Vec<_>>(),
        "Routing": { "Route": message.route, "Decisions": decisions },
    });
    if let (Some(shown), Value::Object(more)) = (shown.as_object_mut(), more) {
        shown.extend(more);
    }
    shown
}

/// Postmark knows `Queued` and `Sent`; what ended otherwise is named by its state.
fn status(state: MessageState) -> &'static str {
    match state {
        MessageState::Queued
        | MessageState::Sending
        | MessageState::RetryWait
        | MessageState::InDoubt => "Queued",
        MessageState::Sent => "Sent",
        MessageState::Rejected => "Rejected",
        MessageState::Suppressed => "Suppressed",
        MessageState::Cancelled => "Cancelled",
    }
}

/// The caller's pairs, and the ids that travel with them.
fn metadata(message: &MessageSummary) -> Map<String, Value> {
    let own = message
        .metadata
        .iter()
        .map(|(key, value)| (key.clone(), value.as_str().into()));
    let account = Some(&message.account).filter(|account| !account.is_empty());
    let ids = [
        ("LeadUID", message.lead.as_ref()),
        ("AccountUID", account),
        ("UserAccountUID", message.user_account.as_ref()),
    ];
    let ids = ids
        .into_iter()
        .filter_map(|(key, id)| Some((key.to_owned(), id?.as_str().into())));
    let tracking = (
        "TrackingId".to_owned(),
        message.tracking_id.to_string().into(),
    );
    own.chain(ids).chain([tracking]).collect()
}

fn recipient(recipient: &RecipientView) -> Value {
    json!({
        "Recipient": recipient.address,
        "Name": recipient.name,
        "Kind": kind(&recipient.kind),
        "Status": recipient.status,
        "StatusAt": recipient.status_at.map(seven_digits),
        "Reason": recipient.reason,
    })
}

/// The field of the message the recipient stands in.
fn kind(kind: &str) -> &'static str {
    match kind {
        "cc" => "Cc",
        "bcc" => "Bcc",
        _ => "To",
    }
}

fn links(choice: Option<TrackLinks>) -> &'static str {
    match choice {
        Some(TrackLinks::HtmlAndText) => "HtmlAndText",
        Some(TrackLinks::HtmlOnly) => "HtmlOnly",
        Some(TrackLinks::TextOnly) => "TextOnly",
        _ => "None",
    }
}

fn attempt(attempt: &AttemptView) -> Value {
    json!({
        "Number": attempt.number,
        "Provider": attempt.provider,
        "Plugin": attempt.plugin_name,
        "PluginVersion": attempt.plugin_version,
        "ClaimedAt": seven_digits(attempt.claimed_at),
        "FinishedAt": attempt.finished_at.map(seven_digits),
        "DurationMs": attempt.duration.map(|it| it.as_millis()),
        "Outcome": attempt.outcome,
        "ProviderCode": attempt.provider_code,
        "ProviderMessageID": attempt.provider_message_id,
        "Detail": attempt.detail,
        "Next": attempt.next,
        "NextAt": attempt.next_at.map(seven_digits),
    })
}

/// The events Postmark has a word for; the others are in the feed and on the dashboard.
fn event(entry: &TimelineEntry) -> Option<Value> {
    let detail = entry.detail.as_deref().unwrap_or_default();
    let (kind, details) = match entry.kind.as_str() {
        "delivered" => ("Delivered", json!({ "DeliveryMessage": detail })),
        "deferred" => ("Transient", json!({ "DeliveryMessage": detail })),
        kind if kind.starts_with("bounced") => ("Bounced", json!({ "Summary": detail })),
        "opened" => ("Opened", json!({ "Summary": detail })),
        "clicked" => ("LinkClicked", json!({ "Summary": detail, "Link": detail })),
        "unsubscribed" => (
            "SubscriptionChanged",
            json!({ "Origin": "Recipient", "SuppressSending": "True" }),
        ),
        "resubscribed" => (
            "SubscriptionChanged",
            json!({ "Origin": "Recipient", "SuppressSending": "False" }),
        ),
        _ => return None,
    };
    Some(json!({
        "Recipient": entry.recipient,
        "Type": kind,
        "ReceivedAt": seven_digits(entry.at),
        "Details": details,
    }))
}
