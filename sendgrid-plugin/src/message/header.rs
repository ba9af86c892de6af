//! Custom headers in SendGrid's JSON: an object, so no name can stand there twice.

use plugin_api::{KeyValue, Message, SendError};
use serde::{Serialize, Serializer};

use crate::SERVICE;

/// Headers that SendGrid does not take. Source: its OpenAPI file.
const FORBIDDEN: [&str; 12] = [
    "x-sg-id",
    "x-sg-eid",
    "received",
    "dkim-signature",
    "content-type",
    "content-transfer-encoding",
    "to",
    "from",
    "subject",
    "reply-to",
    "cc",
    "bcc",
];

/// A message's own headers.
pub(crate) struct Headers<'a>(Vec<KeyValue<'a>>);

impl<'a> Headers<'a> {
    pub(super) fn of(message: &'a Message) -> Result<Self, SendError> {
        let mut headers: Vec<KeyValue<'a>> = Vec::new();
        for (place, (name, value)) in message.headers().enumerate() {
            let field = format!("Headers[{place}].Name");
            let is_character = |byte: u8| byte.is_ascii_graphic() && byte != b':';
            if name.is_empty() || !name.bytes().all(is_character) {
                return Err(SendError::invalid_field(
                    field,
                    "is no header's name; expected visible ASCII characters without a colon",
                ));
            }
            let is = |other: &str| other.eq_ignore_ascii_case(name);
            if FORBIDDEN.iter().any(|forbidden| is(forbidden)) {
                let problem = format!(
                    "is `{name}`, which SendGrid sets itself; use the message's own field for it"
                );
                return Err(unsupported(&field, &problem));
            }
            if headers.iter().any(|(earlier, _)| is(earlier)) {
                let problem = format!("is `{name}` a second time, which SendGrid cannot carry");
                return Err(unsupported(&field, &problem));
            }
            headers.push((name, value));
        }
        Ok(Self(headers))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn unsupported(field: &str, problem: &str) -> SendError {
    SendError::unsupported(field, format!("{SERVICE}: `{field}` {problem}"))
}

impl Serialize for Headers<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().copied())
    }
}
