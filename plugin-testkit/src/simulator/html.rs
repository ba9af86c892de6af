//! Small things done to HTML on its way to a reader.

/// Text made safe inside HTML and its attributes.
pub(super) fn escape_html(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

/// A link.
pub(super) fn anchor(words: &str, url: &str) -> String {
    format!(
        "<a href=\"{}\">{}</a>",
        escape_html(url),
        escape_html(words)
    )
}

/// Puts a paragraph at the end of the body.
pub(super) fn before_body_end(html: &str, footer: &str) -> String {
    let paragraph = format!("<p>{footer}</p>");
    match html.to_ascii_lowercase().rfind("</body>") {
        Some(at) => [&html[..at], &paragraph, &html[at..]].concat(),
        None => [html, &paragraph].concat(),
    }
}

/// The first address a reader could follow, of HTML or of text.
pub(super) fn first_link(body: &str) -> Option<String> {
    let start = body.find("https://").or_else(|| body.find("http://"))?;
    let link = body[start..]
        .split(|it: char| it.is_whitespace() || "\"'<>".contains(it))
        .next()?;
    Some(link.to_owned())
}
