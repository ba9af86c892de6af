//! What is refused, and in which words.

use serde_json::{Value, json};

use super::read;

#[test]
fn fields_of_a_wrong_type_are_named_all_at_once() {
    let refusal = read(json!({
        "From": 1, "TrackOpens": "yes", "TrackLinks": "Some", "Headers": [{ "Name": 5 }], "Attachments": ["a"],
    }))
    .unwrap_err();
    assert_eq!((refusal.status.as_u16(), refusal.code), (422, 403));
    assert_eq!(
        refusal.message,
        "Invalid request field(s): 'From', 'TrackOpens', 'TrackLinks', 'Headers[0].Name', 'Attachments[0]'."
    );
}

#[test]
fn addresses_are_refused_in_postmarks_words() {
    for (field, text, expected) in [
        (
            "To",
            "nobody@localhost",
            "Invalid 'To' address: 'nobody@localhost'.",
        ),
        (
            "From",
            "nobody@localhost",
            "Invalid 'From' address: 'nobody@localhost'.",
        ),
        (
            "From",
            "a@example.com, b@example.com",
            "Invalid 'From' address: 'a@example.com, b@example.com'.",
        ),
        (
            "To",
            "Doe, Jane <jane@example.com>",
            "Error parsing 'To': Illegal email address 'Doe'. It must contain the '@' symbol.",
        ),
        (
            "To",
            "\"Jane <jane@example.com>",
            "Error parsing 'To': Unclosed quoted string",
        ),
        ("To", "", "Zero recipients specified"),
    ] {
        let refusal = read(json!({ field: text })).unwrap_err();
        assert_eq!(
            (
                refusal.status.as_u16(),
                refusal.code,
                refusal.message.as_str()
            ),
            (422, 300, expected)
        );
    }
    let refusal = read(json!({ "ReplyTo": "user@+@x" })).unwrap_err();
    assert!(
        refusal
            .message
            .starts_with("Error parsing 'Reply-To': Illegal email address 'user@+@x'"),
        "{refusal:?}"
    );
}

#[test]
fn what_could_not_be_sent_is_refused_with_300_and_its_field() {
    let many_pairs: Value = (0..11)
        .map(|n| (format!("k{n}"), json!("v")))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let many_people = vec!["x@example.com"; 50].join(",");
    for (changes, expected) in [
        (
            json!({ "TextBody": "" }),
            "Provide either email TextBody or HtmlBody or both.",
        ),
        (json!({ "Cc": many_people }), "50 recipients"),
        (json!({ "Subject": "a\r\nBcc: x@example.com" }), "'Subject'"),
        (json!({ "Subject": "😀".repeat(1001) }), "'Subject'"),
        (json!({ "Tag": "t".repeat(1001) }), "'Tag'"),
        (
            json!({ "From": format!("{} <a@example.com>", "n".repeat(250)) }),
            "'From'",
        ),
        (
            json!({ "HtmlBody": "h".repeat(5 * 1024 * 1024 + 1) }),
            "'HtmlBody'",
        ),
        (
            json!({ "Headers": [{ "Name": "X A", "Value": "" }] }),
            "'Headers[0].Name'",
        ),
        (
            json!({ "Headers": [{ "Name": "X-A", "Value": "1\r\n2" }] }),
            "'Headers[0].Value'",
        ),
        (
            json!({ "Metadata": many_pairs }),
            "Invalid metadata content. Only 10",
        ),
        (
            json!({ "Metadata": { "k".repeat(21): "" } }),
            "Invalid metadata content. Field names are limited",
        ),
        (
            json!({ "Metadata": { "k": "v".repeat(81) } }),
            "Invalid metadata content. Field values are limited",
        ),
        (
            json!({ "Metadata": { "k": "1", "K": "2" } }),
            "Invalid metadata content. Field names must differ",
        ),
        (
            json!({ "Metadata": { "k": {} } }),
            "Invalid metadata content. Field 'k' must be a string.",
        ),
        (
            json!({ "Attachments": [{ "Content": "" }] }),
            "'Attachments[0].Name'",
        ),
        (
            json!({ "Attachments": [{ "Name": "a", "Content": "%%" }] }),
            "'Attachments[0].Content'",
        ),
        (json!({ "TrackingId": "17" }), "Invalid 'TrackingId'"),
        (json!({ "LeadUID": "l".repeat(81) }), "Invalid 'LeadUID'"),
        (
            json!({ "LeadUID": "1", "Metadata": { "leaduid": "2" } }),
            "Invalid 'LeadUID'",
        ),
    ] {
        let refusal = read(changes).unwrap_err();
        assert_eq!(
            (refusal.status.as_u16(), refusal.code),
            (422, 300),
            "{refusal:?}"
        );
        assert!(refusal.message.contains(expected), "{refusal:?}");
    }
}

#[test]
fn a_message_over_ten_megabytes_is_refused_by_its_encoded_size() {
    let content = "A".repeat(10 * 1024 * 1024);
    let refusal =
        read(json!({ "Attachments": [{ "Name": "a", "Content": content }] })).unwrap_err();
    assert!(refusal.message.contains("10 MB"), "{refusal:?}");
}
