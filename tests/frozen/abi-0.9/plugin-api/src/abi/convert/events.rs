//! Webhook requests, events and unsubscribes.

use abi_stable::std_types::{RString, RVec};
use bytes::Bytes;

use crate::abi::convert::{micros, string, text, timestamp};
use crate::abi::record::{EventRecord, LinkRecord, Pair, RequestRecord, UnsubscribeRecord};
use crate::{
    Event, EventKind, ProviderMessageId, SuppressionOrigin, SuppressionReason, TrackingId,
    Unsubscribe, UnsubscribeLink, WebhookRequest,
};

impl From<&WebhookRequest> for RequestRecord {
    fn from(request: &WebhookRequest) -> Self {
        let pair = |(key, value): &(String, String)| Pair {
            key: key.as_str().into(),
            value: value.as_str().into(),
        };
        Self {
            method: request.method.as_str().into(),
            path: request.path.as_str().into(),
            query: request.query.as_str().into(),
            headers: request.headers.iter().map(pair).collect(),
            body: RVec::from(request.body.to_vec()),
            received_at: micros(request.received_at),
            remote: text(request.remote.map(|address| address.to_string())),
            authenticated_by_host: request.authenticated_by_host,
            replay: request.replay,
            extensions: RVec::new(),
        }
    }
}

impl From<RequestRecord> for WebhookRequest {
    fn from(record: RequestRecord) -> Self {
        let headers = record.headers.into_iter();
        Self {
            method: record.method.into_string(),
            path: record.path.into_string(),
            query: record.query.into_string(),
            headers: headers
                .map(|pair| (pair.key.into_string(), pair.value.into_string()))
                .collect(),
            body: Bytes::from(record.body.into_vec()),
            received_at: timestamp(record.received_at),
            remote: string(record.remote).and_then(|address| address.parse().ok()),
            authenticated_by_host: record.authenticated_by_host,
            replay: record.replay,
        }
    }
}

impl From<Event> for EventRecord {
    fn from(event: Event) -> Self {
        Self {
            kind: event.kind.code(),
            occurred_at: event.occurred_at.map(micros).into(),
            recipient: text(event.recipient),
            provider_message_id: text(event.provider_message_id.map(|id| id.to_string())),
            tracking_id: text(event.tracking_id),
            account_uid: text(event.account_uid),
            stream: text(event.stream),
            event_id: text(event.event_id),
            detail: text(event.detail),
            suppresses: event.suppresses.into(),
            extensions: RVec::new(),
        }
    }
}

impl From<EventRecord> for Event {
    fn from(record: EventRecord) -> Self {
        Self {
            kind: EventKind::from_code(record.kind),
            occurred_at: record.occurred_at.map(timestamp).into(),
            recipient: string(record.recipient),
            provider_message_id: string(record.provider_message_id).map(ProviderMessageId::new),
            tracking_id: string(record.tracking_id),
            account_uid: string(record.account_uid),
            stream: string(record.stream),
            event_id: string(record.event_id),
            detail: string(record.detail),
            suppresses: record.suppresses.into(),
        }
    }
}

impl From<Unsubscribe> for UnsubscribeRecord {
    fn from(unsubscribe: Unsubscribe) -> Self {
        Self {
            account_uid: text(unsubscribe.account_uid),
            tracking_id: unsubscribe.tracking_id.map(TrackingId::to_bytes).into(),
            recipient: text(unsubscribe.recipient),
            stream: text(unsubscribe.stream),
            at: micros(unsubscribe.at),
            suppress: unsubscribe.suppress,
            reason: unsubscribe.reason.code(),
            origin: unsubscribe.origin.code(),
            event_id: text(unsubscribe.event_id),
            provider_message_id: text(unsubscribe.provider_message_id.map(|id| id.to_string())),
            detail: text(unsubscribe.detail),
            extensions: RVec::new(),
        }
    }
}

impl From<UnsubscribeRecord> for Unsubscribe {
    fn from(record: UnsubscribeRecord) -> Self {
        Self {
            account_uid: string(record.account_uid),
            tracking_id: record.tracking_id.map(TrackingId::from_bytes).into(),
            recipient: string(record.recipient),
            stream: string(record.stream),
            at: timestamp(record.at),
            suppress: record.suppress,
            reason: SuppressionReason::from_code(record.reason),
            origin: SuppressionOrigin::from_code(record.origin),
            event_id: string(record.event_id),
            provider_message_id: string(record.provider_message_id).map(ProviderMessageId::new),
            detail: string(record.detail),
        }
    }
}

impl From<Option<UnsubscribeLink>> for LinkRecord {
    fn from(link: Option<UnsubscribeLink>) -> Self {
        let (kind, url) = match link {
            None => (0, RString::new()),
            Some(UnsubscribeLink::Canonical) => (1, RString::new()),
            Some(UnsubscribeLink::Url(url)) => (2, url.into()),
        };
        Self {
            kind,
            url,
            extensions: RVec::new(),
        }
    }
}

/// An unknown kind reads as "no link of the service's own": the host's link always works.
impl From<LinkRecord> for Option<UnsubscribeLink> {
    fn from(record: LinkRecord) -> Self {
        match record.kind {
            1 => Some(UnsubscribeLink::Canonical),
            2 => Some(UnsubscribeLink::Url(record.url.into_string())),
            _ => None,
        }
    }
}
