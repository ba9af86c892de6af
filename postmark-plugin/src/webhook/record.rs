//! Each record type's own fields.

use jiff::Timestamp;
use plugin_api::{BounceKind, Event, EventKind, SuppressionReason};

use super::bounce;
use crate::unsubscribe::reason;
use plugin_http::Fields;

/// What happened, when, to whom, in Postmark's words.
pub(super) fn event(fields: Fields<'_>) -> Event {
    match fields.text("RecordType").as_deref() {
        Some("Bounce") => bounced(bounce::kind(fields), fields),
        Some("SpamComplaint") => bounced(EventKind::Complained, fields),
        Some("Delivery") => done(EventKind::Delivered, fields, "DeliveredAt", "Details"),
        Some("Open") => done(EventKind::Opened, fields, "ReceivedAt", "Platform"),
        Some("Click") => done(EventKind::Clicked, fields, "ReceivedAt", "OriginalLink"),
        Some("SubscriptionChange") => subscription(fields),
        Some(other) => unknown(format!("RecordType {other}")),
        None if is_inbound(fields) => inbound(fields),
        None => unknown("no RecordType".to_owned()),
    }
}

fn done(kind: EventKind, fields: Fields<'_>, at: &str, detail: &str) -> Event {
    let mut event = Event::new(kind);
    event.recipient = fields.text("Recipient");
    event.occurred_at = fields.time(at);
    event.detail = fields.text(detail);
    event
}

fn bounced(kind: EventKind, fields: Fields<'_>) -> Event {
    let mut event = Event::new(kind);
    event.recipient = fields.text("Email");
    event.occurred_at = fields.time("BouncedAt");
    // The flag is what Postmark did; which types set it is not documented.
    event.suppresses = fields.flag("Inactive");
    event.detail = joined(fields, &["Type", "Description", "Details"]);
    event
}

fn subscription(fields: Fields<'_>) -> Event {
    let suppresses = fields.flag("SuppressSending");
    let mut event = Event::new(match suppresses {
        Some(true) => suppressed(reason(fields.text("SuppressionReason").as_deref())),
        Some(false) => EventKind::Resubscribed,
        None => EventKind::Unknown,
    });
    event.recipient = fields.text("Recipient");
    event.occurred_at = fields.time("ChangedAt");
    event.suppresses = suppresses;
    event.detail = joined(fields, &["SuppressionReason", "Origin"]);
    event
}

/// The list changes for every reason; only a manual suppression is an unsubscribe. One without a reason is taken for one: the
/// recipient is not mailed any more in either case.
fn suppressed(reason: SuppressionReason) -> EventKind {
    match reason {
        SuppressionReason::HardBounce => EventKind::Bounced(BounceKind::Hard),
        SuppressionReason::Complaint => EventKind::Complained,
        _ => EventKind::Unsubscribed,
    }
}

/// Inbound mail is the one record without a type.
fn is_inbound(fields: Fields<'_>) -> bool {
    [
        "FromFull",
        "ToFull",
        "OriginalRecipient",
        "MailboxHash",
        "RawEmail",
    ]
    .iter()
    .any(|name| fields.has(name))
}

fn inbound(fields: Fields<'_>) -> Event {
    let mut event = Event::new(EventKind::Inbound);
    event.recipient = fields.text("OriginalRecipient");
    event.occurred_at = fields.text("Date").and_then(|date| mail_date(&date));
    event
}

fn mail_date(text: &str) -> Option<Timestamp> {
    let date = jiff::fmt::rfc2822::parse(text).ok()?;
    Some(date.timestamp())
}

fn unknown(detail: String) -> Event {
    let mut event = Event::new(EventKind::Unknown);
    event.detail = Some(detail);
    event
}

fn joined(fields: Fields<'_>, names: &[&str]) -> Option<String> {
    let texts: Vec<String> = names.iter().filter_map(|name| fields.text(name)).collect();
    (!texts.is_empty()).then(|| texts.join("; "))
}
