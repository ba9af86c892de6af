//! Custom headers: as given, but for those that this plugin writes from the message's other fields.

use lettre::message::header::{HeaderName, HeaderValue};
use plugin_api::{Message, SendError};

/// Written from the message's fields, or by the servers on the way.
const OWN: [&str; 14] = [
    "from",
    "to",
    "cc",
    "bcc",
    "reply-to",
    "subject",
    "date",
    "message-id",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
    "dkim-signature",
    "return-path",
    "received",
];

/// A header, and whether its name stands in the message already.
pub(super) enum Header {
    First(HeaderValue),
    Again(HeaderValue),
}

pub(super) fn of(message: &Message) -> Result<Vec<Header>, SendError> {
    let mut headers = Vec::new();
    let mut names: Vec<&str> = Vec::new();
    for (place, (name, value)) in message.headers().enumerate() {
        let field = format!("Headers[{place}].Name");
        if OWN.iter().any(|own| own.eq_ignore_ascii_case(name)) {
            let says = format!(
                "smtp: `{field}` is `{name}`, which is written from the message's own fields; use the field for it"
            );
            return Err(SendError::unsupported(field, says));
        }
        let value = encoded(name, value).ok_or_else(|| {
            let problem =
                "is no header's name; expected at most 76 visible ASCII characters without a colon";
            SendError::invalid_field(field, problem)
        })?;
        let again = names.iter().any(|known| known.eq_ignore_ascii_case(name));
        headers.push(if again {
            Header::Again(value)
        } else {
            Header::First(value)
        });
        names.push(name);
    }
    Ok(headers)
}

/// The header with its value encoded and folded; nothing, when the name is none.
pub(super) fn encoded(name: &str, value: &str) -> Option<HeaderValue> {
    if !name.bytes().all(|byte| byte.is_ascii_graphic()) {
        return None;
    }
    let name = HeaderName::new_from_ascii(name.to_owned()).ok()?;
    Some(HeaderValue::new(name, value.to_owned()))
}
