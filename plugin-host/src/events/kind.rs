//! The words under which events are stored and shown. They only grow.

use plugin_api::{BounceKind, EventKind};

const WORDS: [(EventKind, &str); 17] = [
    (EventKind::Queued, "queued"),
    (EventKind::Sent, "sent"),
    (EventKind::Rejected, "rejected"),
    (EventKind::Delivered, "delivered"),
    (EventKind::Deferred, "deferred"),
    (EventKind::Bounced(BounceKind::Hard), "bounced-hard"),
    (EventKind::Bounced(BounceKind::Soft), "bounced-soft"),
    (EventKind::Bounced(BounceKind::Blocked), "bounced-blocked"),
    (EventKind::Bounced(BounceKind::Other), "bounced-other"),
    (EventKind::Complained, "complained"),
    (EventKind::Opened, "opened"),
    (EventKind::Clicked, "clicked"),
    (EventKind::Unsubscribed, "unsubscribed"),
    (EventKind::Resubscribed, "resubscribed"),
    (EventKind::AutoResponded, "autoresponded"),
    (EventKind::Inbound, "inbound"),
    (EventKind::Unknown, "unknown"),
];

/// The word for a kind; `unknown` for one that came after this version.
pub(crate) fn word_of(kind: EventKind) -> &'static str {
    let found = WORDS.iter().find(|(known, _)| *known == kind);
    found.map_or("unknown", |(_, word)| word)
}

/// The kind behind a word; `Unknown` for one of a newer version.
pub(crate) fn kind_of(word: &str) -> EventKind {
    let found = WORDS.iter().find(|(_, known)| *known == word);
    found.map_or(EventKind::Unknown, |(kind, _)| *kind)
}

/// Whether a provider can only say this of a message that it accepted.
pub(crate) fn proves_acceptance(kind: EventKind) -> bool {
    !matches!(
        kind,
        EventKind::Resubscribed | EventKind::Inbound | EventKind::Unknown
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::status_of;

    #[test]
    fn every_kind_has_its_word_and_is_read_back() {
        for (kind, word) in WORDS {
            assert_eq!((word_of(kind), kind_of(word)), (word, kind));
        }
        assert_eq!(kind_of("teleported"), EventKind::Unknown);
    }

    #[test]
    fn an_event_and_the_status_it_leads_to_go_by_the_same_word() {
        for (kind, word) in WORDS {
            if let Some(status) = status_of(kind) {
                assert_eq!(status.as_str(), word);
            }
        }
    }
}
