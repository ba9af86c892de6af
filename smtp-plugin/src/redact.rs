//! A server's words for an operator's eyes: they repeat mail addresses and parts of them, which do not belong in logs.

use plugin_api::Message;

const LONGEST: usize = 300;

/// The local parts of a message's addresses: servers name people by them alone.
pub(crate) struct People(Vec<String>);

impl People {
    pub(crate) fn of(message: &Message) -> Self {
        let mailboxes = message
            .recipients()
            .chain([message.from()])
            .chain(message.reply_to());
        let parts = mailboxes.flat_map(|mailbox| {
            let local = mailbox
                .address()
                .rsplit_once('@')
                .map_or("", |(local, _)| local);
            let name = mailbox.name().unwrap_or_default();
            [local, name].into_iter().filter(|part| !part.is_empty())
        });
        Self(parts.map(str::to_lowercase).collect())
    }

    /// Nobody is known who could be named.
    pub(crate) fn nobody() -> Self {
        Self(Vec::new())
    }
}

/// The text on one line, without addresses and without these people.
pub(crate) fn public(text: &str, people: &People) -> String {
    let mut shown = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()) {
        if word.is_empty() {
            continue;
        }
        if !shown.is_empty() {
            shown.push(' ');
        }
        shown.push_str(if word.contains('@') {
            "<address>"
        } else {
            word
        });
    }
    let shown = people
        .0
        .iter()
        .fold(shown, |text, part| without(&text, part));
    match shown.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &shown[..end]),
        None => shown,
    }
}

/// The text without this part, wherever it stands as a word of its own, in any letter case.
fn without(text: &str, part: &str) -> String {
    let (mut shown, mut rest) = (String::new(), text);
    while let Some((start, end)) = find(rest, part) {
        let before = &rest[..start];
        let is_word = !before.ends_with(char::is_alphanumeric)
            && !rest[end..].starts_with(char::is_alphanumeric);
        shown.push_str(before);
        shown.push_str(if is_word { "…" } else { &rest[start..end] });
        rest = &rest[end..];
    }
    shown + rest
}

/// Where it begins and ends, ignoring letter case.
fn find(text: &str, lower: &str) -> Option<(usize, usize)> {
    text.char_indices().find_map(|(start, _)| {
        let mut wanted = lower.chars();
        let mut end = start;
        for c in text[start..].chars() {
            let mut rest = wanted.clone();
            if !c.to_lowercase().all(|it| rest.next() == Some(it)) {
                break;
            }
            wanted = rest;
            end += c.len_utf8();
            if wanted.as_str().is_empty() {
                return Some((start, end));
            }
        }
        None
    })
}

#[cfg(test)]
mod tests {
    use super::{People, public};

    #[test]
    fn addresses_and_the_people_of_the_message_are_hidden() {
        let people = People(vec!["ann".to_owned(), "zoë".to_owned()]);
        for (text, expected) in [
            (
                "<ann@example.com>: Recipient address rejected",
                "<address> Recipient address rejected",
            ),
            (
                "no mailbox 'Ann' here, ann=example",
                "no mailbox '…' here, …=example",
            ),
            (
                "user ZOË is unknown\r\n at this\thost",
                "user … is unknown at this host",
            ),
            (
                "announcements cannot be sent",
                "announcements cannot be sent",
            ),
            ("queued as 4F5A2", "queued as 4F5A2"),
            ("", ""),
        ] {
            assert_eq!(public(text, &people), expected);
        }
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let cut = public(&"é".repeat(1000), &People::nobody());
        assert_eq!(cut.chars().count(), 301);
    }
}
