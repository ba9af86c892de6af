//! The raw source of a message, as the dump shows it: headers and bodies, attachments by name only.

use std::fmt::Write as _;

use super::account::Sent;

/// Headers in the order a mail has them, then the parts. Postmark never gives attachment bytes back.
pub(super) fn of(sent: &Sent) -> String {
    let content = &sent.content;
    let date = sent.accepted_at.strftime("%a, %d %b %Y %H:%M:%S +0000");
    let boundary = format!("mk-{}", sent.id.simple());
    let mut source = String::new();
    let mut line = |name: &str, value: &str| {
        if !value.is_empty() {
            source.push_str(name);
            source.push_str(": ");
            source.push_str(value);
            source.push_str("\r\n");
        }
    };
    line("From", &content.written.from);
    line("To", content.written.to.as_deref().unwrap_or_default());
    line("Cc", &content.written.cc);
    line("Reply-To", &content.written.reply_to);
    line("Subject", &content.subject);
    line("Date", &date.to_string());
    line("X-PM-Message-Id", &sent.id.to_string());
    line("X-PM-Tag", content.tag.as_deref().unwrap_or_default());
    for header in &content.headers {
        line(&header.name, &header.value);
    }
    line("MIME-Version", "1.0");
    line(
        "Content-Type",
        &format!("multipart/mixed; boundary=\"{boundary}\""),
    );
    let bodies = [
        ("text/plain", content.text.as_deref()),
        ("text/html", content.html.as_deref()),
    ];
    for (kind, body) in bodies
        .into_iter()
        .filter_map(|(kind, body)| Some((kind, body?)))
    {
        // Writing into a String cannot fail.
        let _ = write!(
            source,
            "\r\n--{boundary}\r\nContent-Type: {kind}; charset=UTF-8\r\n\r\n{body}\r\n"
        );
    }
    for attachment in &content.attachments {
        let (kind, name) = (&attachment.content_type, &attachment.name);
        let _ = write!(
            source,
            "\r\n--{boundary}\r\nContent-Type: {kind}; name=\"{name}\"\r\n\r\n"
        );
    }
    let _ = write!(source, "\r\n--{boundary}--\r\n");
    source
}
