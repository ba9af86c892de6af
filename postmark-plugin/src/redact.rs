//! Postmark's texts for an operator's eyes: they repeat mail addresses and parts of names, which do not belong in logs.

use plugin_http::without_addresses;

/// Fields that texts name in quotation marks, as Postmark and as the sending API spell them.
const FIELDS: [(&str, &str); 14] = [
    ("From", "From"),
    ("To", "To"),
    ("Cc", "Cc"),
    ("Bcc", "Bcc"),
    ("Reply-To", "ReplyTo"),
    ("ReplyTo", "ReplyTo"),
    ("Subject", "Subject"),
    ("Tag", "Tag"),
    ("HtmlBody", "HtmlBody"),
    ("TextBody", "TextBody"),
    ("Headers", "Headers"),
    ("Attachments", "Attachments"),
    ("TrackLinks", "TrackLinks"),
    ("Metadata", "Metadata"),
];

/// The text on one line, without addresses, and, unless `names_are_public`, without anything quoted but names of fields.
pub(crate) fn public(text: &str, names_are_public: bool) -> String {
    without_addresses(&without_quotes(text, names_are_public))
}

/// The first field a text names in quotation marks, as the sending API spells it.
pub(crate) fn field_in(text: &str) -> Option<&'static str> {
    text.split('\'').find_map(field)
}

fn field(quoted: &str) -> Option<&'static str> {
    let found = FIELDS.iter().find(|(theirs, _)| *theirs == quoted);
    found.map(|(_, ours)| *ours)
}

/// `'Doe'` becomes `'…'`, and what follows a `"` is hidden: it repeats a whole list of names. A single mark opens a quotation unless a letter stands before it, so that "can't" is none; one that is never
/// closed hides the rest.
fn without_quotes(text: &str, names_are_public: bool) -> String {
    if names_are_public {
        return text.to_owned();
    }
    let (text, hidden) = match text.split_once('"') {
        Some((before, _)) => (before, "…"),
        None => (text, ""),
    };
    let (mut shown, mut rest) = (String::new(), text);
    while let Some(open) = rest.find('\'') {
        let before = &rest[..open];
        shown.push_str(before);
        shown.push('\'');
        rest = &rest[open + 1..];
        if before.ends_with(char::is_alphanumeric) {
            continue;
        }
        let end = closing(rest).unwrap_or(rest.len());
        shown.push_str(field(&rest[..end]).unwrap_or("…"));
        shown.push('\'');
        rest = rest.get(end + 1..).unwrap_or_default();
    }
    shown + rest + hidden
}

/// The first mark after which no letter follows.
fn closing(text: &str) -> Option<usize> {
    let mut marks = text.match_indices('\'').map(|(at, _)| at);
    marks.find(|at| !text[at + 1..].starts_with(char::is_alphanumeric))
}

#[cfg(test)]
mod tests {
    use super::{field_in, public};

    #[test]
    fn addresses_and_parts_of_names_are_hidden_and_fields_stay() {
        for (text, expected) in [
            (
                "Invalid 'To' address: 'x@localhost'.",
                "Invalid 'To' address: '…'.",
            ),
            (
                "Error parsing 'To': Illegal email address 'Doe'. It must contain the '@' symbol.",
                "Error parsing 'To': Illegal email address '…'. It must contain the '…' symbol.",
            ),
            ("You can't send to 'O'Neil'.", "You can't send to '…'."),
            ("Unclosed 'quotation of O'Neil", "Unclosed '…'"),
            (
                "Error parsing 'To': Unclosed quoted string: \"Ann \" Lee\"<ann@example.com>",
                "Error parsing 'To': Unclosed quoted string: …",
            ),
            (
                "Provide either email TextBody or HtmlBody or both.",
                "Provide either email TextBody or HtmlBody or both.",
            ),
        ] {
            assert_eq!(public(text, false), expected);
        }
        let stream = "The stream provided: 'news' does not exist on this server.";
        assert_eq!(public(stream, true), stream);
        let sender = "The 'From' address you supplied (ann@example.com)\nis not a Sender Signature";
        assert_eq!(
            public(sender, true),
            "The 'From' address you supplied <address> is not a Sender Signature"
        );
    }

    #[test]
    fn the_field_at_fault_is_named_as_in_the_sending_api() {
        assert_eq!(
            field_in("Error parsing 'Reply-To': Illegal"),
            Some("ReplyTo")
        );
        assert_eq!(field_in("Zero recipients specified"), None);
    }
}
