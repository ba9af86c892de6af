//! One event.

use plugin_api::{BounceKind, Event, EventKind, ProviderMessageId, Timestamp, metadata};
use plugin_http::Fields;

use crate::message_id;

/// Reasons of a drop after which SendGrid drops everything for this address. Source: the fact sheet's 3.
const LASTING: [&str; 4] = [
    "Bounced Address",
    "Unsubscribed Address",
    "Spam Reporting Address",
    "Invalid",
];

/// What happened, when, to whom, in SendGrid's words.
pub(super) fn event(fields: Fields<'_>) -> Event {
    let word = fields.text("event").unwrap_or_default();
    let kind = kind(&word, fields);
    let mut event = Event::new(kind);
    event.occurred_at = fields
        .integer("timestamp")
        .and_then(|seconds| Timestamp::from_second(seconds).ok());
    event.recipient = fields.text("email");
    event.tracking_id = fields.text(metadata::TRACKING_ID);
    event.provider_message_id = message_id(fields, event.tracking_id.as_deref());
    event.account_uid = fields.text(metadata::ACCOUNT_UID);
    event.event_id = fields.text("sg_event_id");
    event.suppresses = suppresses(kind, fields);
    event.detail = match kind {
        EventKind::Unknown => Some(format!("event {word}")),
        _ => detail(fields),
    };
    event
}

fn kind(word: &str, fields: Fields<'_>) -> EventKind {
    match word {
        "processed" => EventKind::Queued,
        "deferred" => EventKind::Deferred,
        "delivered" => EventKind::Delivered,
        "bounce" => EventKind::Bounced(match fields.text("type").as_deref() {
            Some("bounce") => BounceKind::Hard,
            Some("blocked") => BounceKind::Blocked,
            _ => BounceKind::Other,
        }),
        "dropped" => EventKind::Rejected,
        "open" => EventKind::Opened,
        "click" => EventKind::Clicked,
        "spamreport" => EventKind::Complained,
        "unsubscribe" | "group_unsubscribe" => EventKind::Unsubscribed,
        "group_resubscribe" => EventKind::Resubscribed,
        _ => EventKind::Unknown,
    }
}

/// A block is temporary, a drop lasts when its reason does.
fn suppresses(kind: EventKind, fields: Fields<'_>) -> Option<bool> {
    match kind {
        EventKind::Bounced(BounceKind::Hard) | EventKind::Complained | EventKind::Unsubscribed => {
            Some(true)
        }
        EventKind::Bounced(BounceKind::Blocked) | EventKind::Resubscribed => Some(false),
        EventKind::Rejected => {
            let reason = fields.text("reason")?;
            Some(LASTING.contains(&reason.as_str()))
        }
        _ => None,
    }
}

/// A mail without a TrackingId is none of ours: the request's id tells it from all that are.
fn message_id(fields: Fields<'_>, tracking_id: Option<&str>) -> Option<ProviderMessageId> {
    let copy_id = fields.text("sg_message_id")?;
    let request_id = message_id::request_of(&copy_id)?;
    Some(match tracking_id {
        Some(tracking_id) => message_id::of_request(request_id, tracking_id),
        None => ProviderMessageId::new(request_id),
    })
}

fn detail(fields: Fields<'_>) -> Option<String> {
    let names = [
        "reason",
        "response",
        "status",
        "bounce_classification",
        "url",
    ];
    let texts: Vec<String> = names.iter().filter_map(|name| fields.text(name)).collect();
    (!texts.is_empty()).then(|| texts.join("; "))
}
