//! From a provider's events to rows: what tells one event from another, and what of a request may be kept; arithmetic only.

use std::collections::HashMap;

use plugin_api::{Event, WebhookRequest};

use crate::compliance::{AccountKey, ContactAddress};
use crate::plugins::ContentHash;
use crate::store::NewEvent;

/// The events of a request, each with the key by which a repeat is known: the service's id where it has one, otherwise the
/// body's hash and the event's place in it. A service that gives one id to several events of a request has them numbered.
pub(crate) fn new_events(
    provider: &str,
    request: &WebhookRequest,
    events: &[Event],
) -> Vec<NewEvent> {
    let hash = ContentHash::of(&request.body).to_string();
    let mut seen: HashMap<&str, usize> = HashMap::new();
    let rows = events.iter().map(|event| {
        let id = event
            .event_id
            .as_deref()
            .filter(|id| !id.is_empty())
            .unwrap_or(&hash);
        let earlier = seen.entry(id).or_default();
        let dedupe_key = format!("{id}#{earlier}");
        *earlier += 1;
        NewEvent {
            provider: provider.to_owned(),
            dedupe_key,
            kind: event.kind,
            recipient: event.recipient.as_deref().map(ContactAddress::of),
            account: event.account_uid.as_deref().map(AccountKey::of),
            tracking_id: event.tracking_id.as_deref().and_then(|id| id.parse().ok()),
            provider_message_id: event.provider_message_id.as_ref().map(ToString::to_string),
            occurred_at: event.occurred_at.unwrap_or(request.received_at),
            received_at: request.received_at,
            detail: event.detail.clone(),
            suppresses: event.suppresses,
        }
    });
    rows.collect()
}

/// The request without the headers that may hold a secret of the host: they are never kept, nor shown to a plugin.
pub(crate) fn without_secrets(mut request: WebhookRequest) -> WebhookRequest {
    request.headers.retain(|(name, _)| !may_hold_a_secret(name));
    request
}

/// Signatures are no secrets and are needed for a replay.
fn may_hold_a_secret(header: &str) -> bool {
    const WORDS: [&str; 7] = [
        "authorization",
        "cookie",
        "token",
        "secret",
        "password",
        "api-key",
        "apikey",
    ];
    let name = header.to_ascii_lowercase();
    WORDS.iter().any(|word| name.contains(word))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use plugin_api::EventKind;

    use super::*;

    fn request(body: &str) -> WebhookRequest {
        WebhookRequest::post("/", body.to_owned(), Timestamp::UNIX_EPOCH)
    }

    fn event(id: Option<&str>) -> Event {
        let mut event = Event::new(EventKind::Delivered);
        event.event_id = id.map(ToOwned::to_owned);
        event
    }

    fn keys(body: &str, events: &[Event]) -> Vec<String> {
        let rows = new_events("acme", &request(body), events).into_iter();
        rows.map(|row| row.dedupe_key).collect()
    }

    #[test]
    fn an_id_of_the_service_is_the_key_and_is_numbered_where_events_share_it() {
        let events = [event(Some("e1")), event(Some("e2")), event(Some("e1"))];
        assert_eq!(keys("body", &events), ["e1#0", "e2#0", "e1#1"]);
    }

    #[test]
    fn without_an_id_the_body_and_the_place_are_the_key() {
        let events = [event(None), event(Some("")), event(None)];
        let found = keys("body", &events);
        assert_eq!(found, keys("body", &events));
        assert_eq!(
            found.iter().collect::<std::collections::HashSet<_>>().len(),
            3
        );
        assert_ne!(found, keys("other", &events));
    }

    #[test]
    fn secrets_of_the_host_are_taken_out_of_the_headers_and_signatures_stay() {
        let mut request = request("");
        for name in [
            "Authorization",
            "PROXY-AUTHORIZATION",
            "Cookie",
            "X-Hook-Token",
            "X-Api-Key",
            "X-Signature",
            "Content-Type",
        ] {
            request.headers.push((name.to_owned(), "value".to_owned()));
        }
        let kept = without_secrets(request).headers;
        let kept: Vec<_> = kept.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(kept, ["X-Signature", "Content-Type"]);
    }
}
