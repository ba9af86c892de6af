//! One event as its webhook has it.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::account::Sent;
use crate::simulator::webhooks::LaneEvent;

pub(super) const USER_AGENT: &str =
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Thunderbird/140.0";
pub(super) const RECIPIENT_IP: &str = "192.0.2.77";

/// Events of the sending side, which name the mail's SMTP id.
const OF_DELIVERY: [&str; 5] = ["processed", "deferred", "delivered", "bounce", "dropped"];

/// The event's own fields, then what all events have, over the sender's own pairs, which lie flat beside them.
pub(super) fn of(
    sent: &Sent,
    person: usize,
    kind: &'static str,
    at: Timestamp,
    own: &Value,
) -> LaneEvent {
    let mail = &sent.mail;
    let mut event: Map<String, Value> = mail
        .custom_args()
        .into_iter()
        .map(|(name, value)| (name.to_owned(), json!(value)))
        .collect();
    let mut set = |name: &str, value: Value| event.insert(name.to_owned(), value);
    set(
        "email",
        json!(sent.people.get(person).map(|it| it.address.as_str())),
    );
    set("timestamp", json!(at.as_second()));
    set("event", json!(kind));
    set("sg_event_id", json!(super::new_id()));
    set("sg_message_id", json!(sent.message_id(person)));
    if OF_DELIVERY.contains(&kind) {
        set(
            "smtp-id",
            json!(format!("<{}@geopod-ismtpd-simulated>", sent.id)),
        );
    }
    // The documentation has it both ways, so both are sent.
    match mail.letter.categories.as_slice() {
        [] => {}
        [one] => {
            set("category", json!(one));
        }
        many => {
            set("category", json!(many));
        }
    }
    for (name, value) in own.as_object().into_iter().flatten() {
        set(name, value.clone());
    }
    LaneEvent {
        kind,
        json: Value::Object(event).to_string(),
    }
}
