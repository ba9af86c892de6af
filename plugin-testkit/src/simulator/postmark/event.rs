//! The bodies of webhooks, field by field as Postmark documents them.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::account::{Bounce, Origin, Sent, Server, SuppressionReason};
use super::time::zulu;

pub(super) fn delivery(server: &Server, sent: &Sent, recipient: &str, at: Timestamp) -> Value {
    json!({
        "RecordType": "Delivery",
        "ServerID": server.id,
        "MessageStream": sent.content.stream,
        "MessageID": sent.id,
        "Recipient": recipient,
        "Tag": sent.content.tag,
        "DeliveredAt": zulu(at),
        "Details": "250 2.0.0 OK",
        "Metadata": metadata(sent),
    })
}

/// A Bounce, or a SpamComplaint, which has the same fields.
pub(super) fn bounce(
    server: &Server,
    bounce: &Bounce,
    sent: &Sent,
    content: Option<String>,
) -> Value {
    let complaint = bounce.kind.name() == "SpamComplaint";
    let mut body = super::bounces::object(server, bounce);
    body["RecordType"] = json!(if complaint { "SpamComplaint" } else { "Bounce" });
    body["Metadata"] = metadata(sent);
    if let Some(content) = content {
        body["Content"] = json!(content);
    }
    body
}

pub(super) fn open(sent: &Sent, recipient: &str, first: bool, at: Timestamp) -> Value {
    let mut body = client_event("Open", sent, recipient, at);
    body["FirstOpen"] = json!(first);
    body["ReadSeconds"] = json!(5);
    body
}

pub(super) fn click(
    sent: &Sent,
    recipient: &str,
    link: &str,
    location: &str,
    at: Timestamp,
) -> Value {
    let mut body = client_event("Click", sent, recipient, at);
    body["OriginalLink"] = json!(link);
    body["ClickLocation"] = json!(location);
    body
}

fn client_event(record_type: &str, sent: &Sent, recipient: &str, at: Timestamp) -> Value {
    let user_agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Thunderbird/140.0";
    json!({
        "RecordType": record_type,
        "MessageStream": sent.content.stream,
        "MessageID": sent.id,
        "Metadata": metadata(sent),
        "ReceivedAt": zulu(at),
        "Tag": sent.content.tag,
        "Recipient": recipient,
        "Client": { "Name": "Thunderbird 140.0", "Company": "Mozilla Foundation", "Family": "Thunderbird" },
        "OS": { "Name": "Linux", "Company": "", "Family": "Linux" },
        "Platform": "Desktop",
        "UserAgent": user_agent,
        "Geo": {},
    })
}

/// A change of a stream's suppression list.
pub(super) struct SubscriptionChange<'a> {
    pub(super) stream: &'a str,
    pub(super) recipient: &'a str,
    pub(super) origin: Origin,
    /// Why the address is now suppressed; nothing when it was reactivated.
    pub(super) suppressed: Option<SuppressionReason>,
    /// The message that led to it, if one did.
    pub(super) sent: Option<&'a Sent>,
    pub(super) at: Timestamp,
}

impl SubscriptionChange<'_> {
    /// MessageID is null for changes by the customer and for reactivation, which also has no tag and no metadata.
    pub(super) fn body(&self, server: &Server) -> Value {
        let sent = self
            .sent
            .filter(|_| self.suppressed.is_some() && self.origin == Origin::Recipient);
        json!({
            "RecordType": "SubscriptionChange",
            "ServerID": server.id,
            "MessageStream": self.stream,
            "MessageID": sent.map(|sent| sent.id),
            "ChangedAt": zulu(self.at),
            "Recipient": self.recipient,
            "Origin": self.origin.name(),
            "SuppressSending": self.suppressed.is_some(),
            "SuppressionReason": self.suppressed.map(SuppressionReason::name),
            "Tag": sent.and_then(|sent| sent.content.tag.as_deref()),
            "Metadata": sent.map_or_else(|| json!({}), metadata),
        })
    }
}

pub(super) fn metadata(sent: &Sent) -> Value {
    let pairs = sent
        .content
        .metadata
        .iter()
        .map(|(key, value)| (key.clone(), json!(value)));
    Value::Object(pairs.collect::<Map<_, _>>())
}
