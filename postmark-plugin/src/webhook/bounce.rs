//! Postmark's bounce types. Not every Bounce is one: out-of-office notes and delays arrive under the same name.

use plugin_api::{BounceKind, EventKind};

use plugin_http::Fields;

/// Type, TypeCode, meaning. Source: Postmark's Bounce API and its official clients.
const TYPES: [(&str, i64, EventKind); 22] = [
    ("HardBounce", 1, EventKind::Bounced(BounceKind::Hard)),
    ("Transient", 2, EventKind::Deferred),
    ("Unsubscribe", 16, EventKind::Unsubscribed),
    // Somebody wrote that they want mail; nobody was taken off a list.
    ("Subscribe", 32, EventKind::Unknown),
    ("AutoResponder", 64, EventKind::AutoResponded),
    // Delivered; the recipient tells of another address.
    ("AddressChange", 128, EventKind::AutoResponded),
    ("DnsError", 256, EventKind::Bounced(BounceKind::Soft)),
    (
        "SpamNotification",
        512,
        EventKind::Bounced(BounceKind::Blocked),
    ),
    ("OpenRelayTest", 1024, EventKind::Unknown),
    ("Unknown", 2048, EventKind::Bounced(BounceKind::Other)),
    ("SoftBounce", 4096, EventKind::Bounced(BounceKind::Soft)),
    (
        "VirusNotification",
        8192,
        EventKind::Bounced(BounceKind::Blocked),
    ),
    // A filter answers that the sender should prove to be a person.
    ("ChallengeVerification", 16_384, EventKind::AutoResponded),
    (
        "BadEmailAddress",
        100_000,
        EventKind::Bounced(BounceKind::Hard),
    ),
    ("SpamComplaint", 100_001, EventKind::Complained),
    (
        "ManuallyDeactivated",
        100_002,
        EventKind::Bounced(BounceKind::Other),
    ),
    (
        "Unconfirmed",
        100_003,
        EventKind::Bounced(BounceKind::Other),
    ),
    ("Blocked", 100_006, EventKind::Bounced(BounceKind::Blocked)),
    // Accepted, then lost before any delivery: these two are final for the message.
    ("SMTPApiError", 100_007, EventKind::Rejected),
    ("TemplateRenderingFailed", 100_010, EventKind::Rejected),
    // An inbound hook of the customer's own failed; no mail of ours bounced.
    ("InboundError", 100_008, EventKind::Unknown),
    (
        "DMARCPolicy",
        100_009,
        EventKind::Bounced(BounceKind::Blocked),
    ),
];

/// By the type's name, which is stable; by its number only where the name is missing: old complaints carry a number of their own. A
/// type this version does not know is a bounce of no known kind.
pub(super) fn kind(fields: Fields<'_>) -> EventKind {
    let found = match (fields.text("Type"), fields.integer("TypeCode")) {
        (Some(name), _) => TYPES
            .iter()
            .find(|(known, ..)| known.eq_ignore_ascii_case(&name)),
        (None, Some(code)) => TYPES.iter().find(|(_, known, _)| *known == code),
        (None, None) => None,
    };
    found.map_or(EventKind::Bounced(BounceKind::Other), |(.., kind)| *kind)
}
