//! One recipient's copy as the search has it.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::simulator::sendgrid::account::{Happening, Person, Sent};

/// The fields queries may name, beside `unique_args`.
pub(super) const FIELDS: [&str; 12] = [
    "msg_id",
    "from_email",
    "to_email",
    "subject",
    "status",
    "template_id",
    "asm_group_id",
    "categories",
    "events",
    "clicks",
    "opens",
    "last_event_time",
];

pub(super) struct Row<'a> {
    sent: &'a Sent,
    person: usize,
}

/// What a query can compare.
#[derive(Debug, PartialEq)]
pub(super) enum Field {
    Text(String),
    Number(i64),
    Time(Timestamp),
    Texts(Vec<String>),
    Nothing,
}

impl<'a> Row<'a> {
    pub(super) fn new(sent: &'a Sent, person: usize) -> Self {
        Self { sent, person }
    }

    pub(super) fn id(&self) -> String {
        self.sent.message_id(self.person)
    }

    fn person(&self) -> &'a Person {
        &self.sent.people[self.person]
    }

    fn count(&self, kind: &str) -> i64 {
        let history = &self.person().history;
        i64::try_from(history.iter().filter(|it| it.kind == kind).count()).unwrap_or(i64::MAX)
    }

    pub(super) fn last_event_time(&self) -> Timestamp {
        let last = self.person().history.last();
        last.map_or(self.sent.accepted_at, |it| it.at)
    }

    /// `processed` until the other server has decided.
    fn status(&self) -> &'static str {
        let decided = self
            .person()
            .history
            .iter()
            .rev()
            .find_map(|it| match it.kind {
                "delivered" => Some("delivered"),
                "bounce" | "dropped" => Some("not_delivered"),
                _ => None,
            });
        decided.unwrap_or("processed")
    }

    /// A field by the name queries have for it; nothing for a name nobody knows.
    pub(super) fn field(&self, name: &str) -> Option<Field> {
        let mail = &self.sent.mail;
        let text = |text: &str| Field::Text(text.to_owned());
        Some(match name {
            "msg_id" => Field::Text(self.id()),
            "from_email" => text(&mail.from().email),
            "to_email" => text(&self.person().address),
            "subject" => text(&mail.subject),
            "status" => text(self.status()),
            "template_id" => mail.letter.template.as_deref().map_or(Field::Nothing, text),
            "asm_group_id" => mail.letter.group.map_or(Field::Nothing, |id| {
                Field::Number(i64::try_from(id).unwrap_or(i64::MAX))
            }),
            "categories" => Field::Texts(mail.letter.categories.clone()),
            "events" => {
                let history = self.person().history.iter();
                Field::Texts(history.map(|it| past(it.kind).to_owned()).collect())
            }
            "clicks" => Field::Number(self.count("click")),
            "opens" => Field::Number(self.count("open")),
            "last_event_time" => Field::Time(self.last_event_time()),
            _ => return None,
        })
    }

    /// A pair of the sender's own.
    pub(super) fn unique_arg(&self, name: &str) -> Field {
        let args = self.sent.mail.custom_args();
        args.get(name)
            .map_or(Field::Nothing, |value| Field::Text((*value).to_owned()))
    }

    pub(super) fn summary(&self) -> Value {
        let mail = &self.sent.mail;
        json!({
            "from_email": mail.from().email,
            "msg_id": self.id(),
            "subject": mail.subject,
            "to_email": self.person().address,
            "status": self.status(),
            "opens_count": self.count("open"),
            "clicks_count": self.count("click"),
            "last_event_time": seconds(self.last_event_time()),
        })
    }

    pub(super) fn details(&self) -> Value {
        let mail = &self.sent.mail;
        let events: Vec<Value> = self.person().history.iter().map(event).collect();
        json!({
            "from_email": mail.from().email,
            "msg_id": self.id(),
            "subject": mail.subject,
            "to_email": self.person().address,
            "status": self.status(),
            "template_id": mail.letter.template,
            "asm_group_id": mail.letter.group,
            "teammate": "",
            "api_key_id": "",
            "events": events,
            "originating_ip": "192.0.2.10",
            "categories": mail.letter.categories,
            "unique_args": mail.custom_args(),
            "outbound_ip": "192.0.2.11",
            "outbound_ip_type": "shared",
        })
    }
}

fn event(happening: &Happening) -> Value {
    let own = |name: &str| happening.fields[name].as_str().unwrap_or_default();
    let reason = match own("reason") {
        "" => own("response"),
        reason => reason,
    };
    json!({
        "event_name": past(happening.kind),
        "processed": seconds(happening.at),
        "reason": reason,
        "attempt_num": own("attempt").parse::<u32>().unwrap_or(0),
        "url": own("url"),
        "bounce_type": match own("type") {
            "bounce" => "hard",
            "blocked" => "soft",
            _ => "",
        },
        "http_user_agent": own("useragent"),
        "mx_server": "mx.example.com",
    })
}

/// The search speaks of events in the past tense.
fn past(kind: &'static str) -> &'static str {
    match kind {
        "bounce" => "bounced",
        "open" => "opened",
        "click" => "clicked",
        "spamreport" => "spam_report",
        "unsubscribe" => "global_unsubscribe",
        other => other,
    }
}

/// To the second, as the manual shows times.
fn seconds(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
