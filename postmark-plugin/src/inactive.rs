//! Who is on the suppression list, according to a sentence: Postmark names them in prose only, and has changed the prose three times.

use plugin_api::{Mailbox, Message};

use crate::message::ascii_address;

const BEFORE: &str = "inactive addresses:";
const AFTER: &str = "inactive recipients";

/// The addresses a text names as inactive. Where one is a recipient of the message, in the message's spelling: Postmark answers in
/// lower case.
pub(crate) fn named(text: &str, message: &Message) -> Vec<String> {
    addresses(text)
        .map(|named| match recipient(message, named) {
            Some(mailbox) => mailbox.address().to_owned(),
            None => named.to_owned(),
        })
        .collect()
}

/// The addresses of a complete refusal: a single recipient needs no naming.
pub(crate) fn of_refusal(text: &str, message: &Message) -> Vec<String> {
    let mut everybody = message.recipients();
    match (everybody.next(), everybody.next()) {
        (Some(only), None) => vec![only.address().to_owned()],
        _ => named(text, message),
    }
}

/// Whether a text of an accepted message says that some recipients are left out.
pub(crate) fn leaves_some_out(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    text.contains(BEFORE) || text.contains("will not deliver")
}

fn addresses(text: &str) -> impl Iterator<Item = &str> {
    // ASCII lower case keeps every byte in its place.
    let lower = text.to_ascii_lowercase();
    let list = lower.find(BEFORE).map_or("", |at| {
        let start = at + BEFORE.len();
        let end = lower[start..]
            .find(AFTER)
            .map_or(text.len(), |end| start + end);
        &text[start..end]
    });
    list.split(',')
        .map(|place| {
            let place = place.trim();
            place.strip_suffix('.').unwrap_or(place).trim()
        })
        .filter(|place| place.contains('@') && !place.contains(char::is_whitespace))
}

fn recipient<'a>(message: &'a Message, named: &str) -> Option<&'a Mailbox> {
    message.recipients().find(|mailbox| {
        mailbox.address().eq_ignore_ascii_case(named)
            || ascii_address(mailbox.address()).is_ok_and(|wire| wire.eq_ignore_ascii_case(named))
    })
}
