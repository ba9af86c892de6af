//! Answers to webhooks and unsubscribe callbacks, using every field.

use plugin_api::crm_unsubscribe;
use plugin_api::prelude::*;

use crate::describe;
use crate::echo::moment;

/// An event of every kind; the first repeats the request.
pub(crate) fn parse_webhook(request: &WebhookRequest) -> Result<Vec<Event>, WebhookError> {
    match request.body.as_ref() {
        b"unauthenticated" => return Err(WebhookError::unauthenticated("no signature")),
        b"malformed" => return Err(WebhookError::malformed("no JSON")),
        b"failed" => return Err(WebhookError::failed("no key")),
        _ => {}
    }
    let mut events: Vec<Event> = KINDS.into_iter().map(Event::new).collect();
    let first = &mut events[0];
    first.occurred_at = Some(moment());
    first.recipient = Some("ann@example.com".to_owned());
    first.provider_message_id = Some(ProviderMessageId::new("echo-1"));
    first.tracking_id = Some("0b9d3f2e-6a0e-4b52-8a53-5d0c1b9f7e21".to_owned());
    first.account_uid = Some("account".to_owned());
    first.stream = Some("outbound".to_owned());
    first.event_id = Some("event-1".to_owned());
    first.suppresses = Some(true);
    first.detail = Some(describe::request(request).to_string());
    Ok(events)
}

const KINDS: [EventKind; 17] = [
    EventKind::Queued,
    EventKind::Sent,
    EventKind::Rejected,
    EventKind::Delivered,
    EventKind::Deferred,
    EventKind::Bounced(BounceKind::Hard),
    EventKind::Bounced(BounceKind::Soft),
    EventKind::Bounced(BounceKind::Blocked),
    EventKind::Bounced(BounceKind::Other),
    EventKind::Complained,
    EventKind::Opened,
    EventKind::Clicked,
    EventKind::Unsubscribed,
    EventKind::Resubscribed,
    EventKind::AutoResponded,
    EventKind::Inbound,
    EventKind::Unknown,
];

pub(crate) fn render_unsubscribe(stream: Option<&str>) -> Option<UnsubscribeLink> {
    match stream {
        None => None,
        Some("canonical") => Some(UnsubscribeLink::Canonical),
        Some(stream) => Some(UnsubscribeLink::Url(format!(
            "https://example.com/{stream}"
        ))),
    }
}

/// The body `full` gives every field, `none` is of no known form; everything else is left to the default.
pub(crate) fn process_unsubscribe(
    request: &WebhookRequest,
) -> Result<Option<Vec<Unsubscribe>>, WebhookError> {
    match request.body.as_ref() {
        b"none" => Ok(None),
        b"full" => {
            let mut found = Unsubscribe::new(moment());
            found.account_uid = Some("account".to_owned());
            found.tracking_id = Some(TrackingId::from_bytes([7; 16]));
            found.recipient = Some("ann@example.com".to_owned());
            found.stream = Some("outbound".to_owned());
            found.suppress = false;
            found.reason = SuppressionReason::Complaint;
            found.origin = SuppressionOrigin::Admin;
            found.event_id = Some("event-1".to_owned());
            found.provider_message_id = Some(ProviderMessageId::new("echo-1"));
            found.detail = Some("by hand".to_owned());
            Ok(Some(vec![found, Unsubscribe::new(moment())]))
        }
        _ => crm_unsubscribe(request),
    }
}

pub(crate) fn rubbish_events() -> Vec<Event> {
    [Timestamp::MIN, Timestamp::MAX]
        .into_iter()
        .map(|moment| {
            let mut event = Event::new(EventKind::Delivered);
            event.occurred_at = Some(moment);
            event.recipient = Some(String::new());
            event
        })
        .collect()
}
