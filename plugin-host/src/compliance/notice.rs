//! What a callback or a webhook says about contacts, in one form whatever way it came in; arithmetic only.

use jiff::Timestamp;
use plugin_api::{BounceKind, Event, EventKind, TrackingId, Unsubscribe};
use serde::{Deserialize, Serialize};

use super::{AccountKey, ContactAddress, FlagOrigin, FlagReason, Word};

/// Somebody's wish, or a service's finding, about whoever a message was for.
///
/// Kept as JSON while it waits for its message, so its names are stable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The account it names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountKey>,
    /// The message it names, by our id.
    #[serde(
        with = "tracking_text",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub tracking_id: Option<TrackingId>,
    /// The message it names, by the provider's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_message_id: Option<String>,
    /// The address it names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipient: Option<ContactAddress>,
    /// The stream it names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<String>,
    /// What it says.
    pub word: Word,
    /// Who asked for it.
    pub origin: FlagOrigin,
    /// When that happened, by the sender's clock.
    pub at: Timestamp,
    /// The sender's id of the event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<String>,
}

/// Every notice in one request, given what its provider made of it.
///
/// `unsubscribes` is `None` when the provider's unsubscribe handler does not know the form. Where it does, it says more than the
/// plain events (who asked, and why), so they are not heard a second time; bounces and complaints always are. A message that an
/// unsubscribe does not name is taken from the event about the same recipient, where there is one.
pub fn notices(
    unsubscribes: Option<&[Unsubscribe]>,
    events: &[Event],
    received_at: Timestamp,
) -> Vec<Notice> {
    let handler_spoke = unsubscribes.is_some();
    let from_events = events
        .iter()
        .filter(|event| !(handler_spoke && is_subscription(event.kind)))
        .filter_map(|event| Notice::of_event(event, received_at));
    let from_handler = unsubscribes
        .unwrap_or_default()
        .iter()
        .map(|unsubscribe| Notice::of_unsubscribe(unsubscribe).completed_by(events));
    from_handler.chain(from_events).collect()
}

impl Notice {
    fn of_unsubscribe(unsubscribe: &Unsubscribe) -> Self {
        Self {
            account: unsubscribe.account_uid.as_deref().map(AccountKey::of),
            tracking_id: unsubscribe.tracking_id,
            provider_message_id: None,
            recipient: unsubscribe.recipient.as_deref().map(ContactAddress::of),
            stream: unsubscribe.stream.clone(),
            word: Word::from_service(unsubscribe.suppress, unsubscribe.reason, unsubscribe.origin),
            origin: unsubscribe.origin.into(),
            at: unsubscribe.at,
            event_id: unsubscribe.event_id.clone(),
        }
    }

    fn of_event(event: &Event, received_at: Timestamp) -> Option<Self> {
        Some(Self {
            account: event.account_uid.as_deref().map(AccountKey::of),
            tracking_id: tracking_id(event),
            provider_message_id: provider_message_id(event),
            recipient: event.recipient.as_deref().map(ContactAddress::of),
            stream: event.stream.clone(),
            word: word_of(event)?,
            origin: origin_of(event.kind),
            at: event.occurred_at.unwrap_or(received_at),
            event_id: event.event_id.clone(),
        })
    }

    fn completed_by(self, events: &[Event]) -> Self {
        let about_the_same = events
            .iter()
            .find(|event| event.recipient.as_deref().map(ContactAddress::of) == self.recipient);
        let Some(event) = about_the_same.filter(|_| self.tracking_id.is_none()) else {
            return self;
        };
        Self {
            account: self
                .account
                .or_else(|| event.account_uid.as_deref().map(AccountKey::of)),
            tracking_id: tracking_id(event),
            provider_message_id: provider_message_id(event),
            ..self
        }
    }
}

/// What an event says about contacting its recipient. A service that says it goes on mailing after a bounce is believed, and so
/// is one that says it will not, whatever it calls the bounce.
fn word_of(event: &Event) -> Option<Word> {
    let flag = |reason| Some(Word::Flag { reason });
    match (event.kind, event.suppresses) {
        (EventKind::Unsubscribed, _) => flag(FlagReason::Unsubscribed),
        (EventKind::Resubscribed, _) => Some(Word::Resubscribe),
        (EventKind::Complained, _) => flag(FlagReason::Complaint),
        (EventKind::Bounced(_), Some(true)) | (EventKind::Bounced(BounceKind::Hard), None) => {
            flag(FlagReason::HardBounce)
        }
        _ => None,
    }
}

fn origin_of(kind: EventKind) -> FlagOrigin {
    match kind {
        EventKind::Bounced(_) => FlagOrigin::Service,
        _ => FlagOrigin::Recipient,
    }
}

fn is_subscription(kind: EventKind) -> bool {
    matches!(kind, EventKind::Unsubscribed | EventKind::Resubscribed)
}

/// Our id as the provider gave it back; a text that is no id of ours names nothing.
fn tracking_id(event: &Event) -> Option<TrackingId> {
    event.tracking_id.as_deref()?.parse().ok()
}

fn provider_message_id(event: &Event) -> Option<String> {
    let id = event.provider_message_id.as_ref()?.as_str();
    (!id.is_empty()).then(|| id.to_owned())
}

mod tracking_text {
    use plugin_api::TrackingId;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(
        id: &Option<TrackingId>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        id.map(|id| id.to_string()).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<TrackingId>, D::Error> {
        Option::<String>::deserialize(deserializer)?
            .map(|text| text.parse().map_err(D::Error::custom))
            .transpose()
    }
}

#[cfg(test)]
mod tests {
    use plugin_api::{ProviderMessageId, SuppressionOrigin, SuppressionReason};

    use super::*;

    const ID: &str = "0b9d3f2e-6a0e-4b52-8a53-5d0c1b9f7e21";

    fn now() -> Timestamp {
        Timestamp::from_second(1_800_000_000).unwrap()
    }

    fn event(kind: EventKind, suppresses: Option<bool>) -> Event {
        let mut event = Event::new(kind);
        event.recipient = Some("Ann@example.com".to_owned());
        event.suppresses = suppresses;
        event
    }

    fn words(events: &[Event]) -> Vec<Word> {
        let found = notices(None, events, now());
        found.into_iter().map(|notice| notice.word).collect()
    }

    #[test]
    fn a_bounce_flags_when_the_service_gives_the_address_up_or_the_mailbox_does_not_exist() {
        let flag = |reason| vec![Word::Flag { reason }];
        let hard = EventKind::Bounced(BounceKind::Hard);
        let soft = EventKind::Bounced(BounceKind::Soft);
        assert_eq!(words(&[event(hard, None)]), flag(FlagReason::HardBounce));
        assert_eq!(
            words(&[event(soft, Some(true))]),
            flag(FlagReason::HardBounce)
        );
        assert_eq!(words(&[event(hard, Some(false))]), []);
        assert_eq!(words(&[event(soft, None)]), []);
        assert_eq!(words(&[event(EventKind::Delivered, None)]), []);
        assert_eq!(
            words(&[event(EventKind::Complained, None)]),
            flag(FlagReason::Complaint)
        );
    }

    #[test]
    fn what_the_handler_says_is_not_heard_a_second_time_from_the_events() {
        let mut complaint = Unsubscribe::new(now());
        complaint.reason = SuppressionReason::Complaint;
        complaint.recipient = Some("ann@example.com".to_owned());
        let mut plain = event(EventKind::Unsubscribed, None);
        plain.provider_message_id = Some(ProviderMessageId::new("pm-1"));
        plain.tracking_id = Some(ID.to_uppercase());
        let found = notices(Some(&[complaint]), &[plain], now());
        assert_eq!(found.len(), 1);
        assert_eq!(
            found[0].word,
            Word::Flag {
                reason: FlagReason::Complaint
            }
        );
        assert_eq!(found[0].provider_message_id.as_deref(), Some("pm-1"));
        assert_eq!(found[0].tracking_id.unwrap().to_string(), ID);
    }

    #[test]
    fn a_bounce_beside_an_unsubscribe_in_the_same_request_is_heard() {
        let bounce = event(EventKind::Bounced(BounceKind::Hard), None);
        let found = notices(Some(&[Unsubscribe::new(now())]), &[bounce], now());
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn a_reactivation_by_the_customer_takes_back_more_than_one_by_the_recipient() {
        let mut back = Unsubscribe::new(now());
        back.suppress = false;
        let by = |origin| {
            let mut back = back.clone();
            back.origin = origin;
            notices(Some(&[back]), &[], now())[0].word
        };
        assert_eq!(by(SuppressionOrigin::Recipient), Word::Resubscribe);
        assert_eq!(by(SuppressionOrigin::Customer), Word::Reactivate);
    }

    #[test]
    fn an_event_without_a_time_counts_from_its_arrival_and_a_foreign_id_names_nothing() {
        let mut unsubscribed = event(EventKind::Unsubscribed, None);
        unsubscribed.tracking_id = Some("order-17".to_owned());
        let found = notices(None, &[unsubscribed], now());
        assert_eq!((found[0].at, found[0].tracking_id), (now(), None));
    }

    #[test]
    fn a_notice_is_read_back_from_its_json() {
        let mut unsubscribe = Unsubscribe::new(now());
        unsubscribe.account_uid = Some("A".to_owned());
        unsubscribe.tracking_id = Some(ID.parse().unwrap());
        let notice = notices(Some(&[unsubscribe]), &[], now()).remove(0);
        let json = serde_json::to_string(&notice).unwrap();
        assert!(json.contains(ID) && !json.contains("stream"), "{json}");
        assert_eq!(serde_json::from_str::<Notice>(&json).unwrap(), notice);
    }
}
