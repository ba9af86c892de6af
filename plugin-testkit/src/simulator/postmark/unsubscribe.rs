//! The unsubscribe placeholder in a body, and the link one recipient finds in its place.

use super::config::UnsubscribeHandling;
use crate::simulator::html::{anchor, before_body_end, escape_html};

/// Braces further apart are somebody else's; so a body of braces is searched once.
const LONGEST_PLACEHOLDER: usize = 256;

/// Bodies as one recipient gets them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct WithLink {
    pub(super) html: Option<String>,
    pub(super) text: Option<String>,
    /// Whether either has the link in it.
    pub(super) has_link: bool,
}

/// Puts the link where the placeholder is, and where Postmark handles unsubscribing, adds it where none is.
pub(super) fn with_link(
    html: Option<&str>,
    text: Option<&str>,
    handling: UnsubscribeHandling,
    url: &str,
) -> WithLink {
    let html = html.map(|body| replace(body, |tag, before| in_html(tag, before, url)));
    let text = text.map(|body| replace(body, |_, _| url.to_owned()));
    let mut has_link = [&html, &text]
        .into_iter()
        .flatten()
        .any(|(_, found)| *found);
    let mut html_body = html.as_ref().map(|(body, _)| body.clone());
    let mut text_body = text.as_ref().map(|(body, _)| body.clone());
    if handling == UnsubscribeHandling::Postmark {
        if let Some((body, false)) = &html {
            html_body = Some(before_body_end(body, &anchor("Unsubscribe", url)));
        }
        if let Some((body, false)) = &text {
            text_body = Some(format!("{body}\n\nUnsubscribe: {url}\n"));
        }
        has_link = true;
    }
    WithLink {
        html: html_body,
        text: text_body,
        has_link,
    }
}

/// Replaces every `{{{ pm:unsubscribe … }}}`; `write` gets its inside and what comes before it.
fn replace(body: &str, write: impl Fn(&str, &str) -> String) -> (String, bool) {
    let mut output = String::with_capacity(body.len());
    let (mut at, mut found) = (0, false);
    while let Some(start) = body[at..].find("{{{").map(|it| at + it) {
        let window = &body.as_bytes()[start..body.len().min(start + LONGEST_PLACEHOLDER)];
        let Some(length) = window.windows(3).position(|three| three == b"}}}") else {
            output.push_str(&body[at..start + 3]);
            at = start + 3;
            continue;
        };
        let inside = body[start + 3..start + length].trim();
        if is_placeholder(inside) {
            output.push_str(&body[at..start]);
            output.push_str(&write(inside, &body[..start]));
            at = start + length + 3;
            found = true;
        } else {
            output.push_str(&body[at..start + 3]);
            at = start + 3;
        }
    }
    output.push_str(&body[at..]);
    (output, found)
}

/// `pm:unsubscribe`, the same with a label, and `pm:unsubscribe_url`, which public code uses.
fn is_placeholder(inside: &str) -> bool {
    let name = inside.split_whitespace().next().unwrap_or_default();
    ["pm:unsubscribe", "pm:unsubscribe_url"]
        .iter()
        .any(|known| known.eq_ignore_ascii_case(name))
}

/// In an attribute, and by the name `_url`, the bare address; otherwise a link with words.
fn in_html(inside: &str, before: &str, url: &str) -> String {
    let in_attribute = before.trim_end().ends_with(['"', '\'', '=']);
    let by_name = inside
        .to_ascii_lowercase()
        .starts_with("pm:unsubscribe_url");
    if in_attribute || by_name {
        return escape_html(url);
    }
    let label = inside
        .split_once("label=")
        .map(|(_, label)| label.trim().trim_matches(['"', '\'']));
    anchor(
        label
            .filter(|label| !label.is_empty())
            .unwrap_or("Unsubscribe"),
        url,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use UnsubscribeHandling as Handling;

    const URL: &str = "http://s/unsubscribe/t";

    fn html(body: &str, handling: Handling) -> String {
        with_link(Some(body), None, handling, URL).html.unwrap()
    }

    #[test]
    fn the_placeholder_becomes_a_link_or_an_address() {
        assert_eq!(
            html("{{{pm:unsubscribe}}}", Handling::None),
            format!("<a href=\"{URL}\">Unsubscribe</a>")
        );
        assert_eq!(
            html("<a href=\"{{{ pm:unsubscribe }}}\">bye</a>", Handling::None),
            format!("<a href=\"{URL}\">bye</a>")
        );
        assert_eq!(
            html("{{{ pm:unsubscribe label=\"No <more>\" }}}", Handling::None),
            format!("<a href=\"{URL}\">No &lt;more&gt;</a>")
        );
        assert_eq!(html("{{{ PM:unsubscribe_url }}}", Handling::None), URL);
        let text = with_link(
            None,
            Some("Go: {{{ pm:unsubscribe }}}"),
            Handling::None,
            URL,
        );
        assert_eq!(
            (text.text.unwrap(), text.has_link),
            (format!("Go: {URL}"), true)
        );
    }

    #[test]
    fn other_braces_stay() {
        let many = "{{{ é".repeat(50_000) + "}}}";
        for body in [
            "{{ pm:unsubscribe }}",
            "{{{ other }}}",
            "{{{ open",
            "}}}",
            &many,
        ] {
            assert!(html(body, Handling::None) == body);
        }
        assert_eq!(
            html("{{{{{{ pm:unsubscribe_url }}}", Handling::None),
            format!("{{{{{{{URL}")
        );
    }

    #[test]
    fn postmark_adds_a_footer_only_where_it_handles_unsubscribing() {
        assert_eq!(html("<body>x</body>", Handling::Custom), "<body>x</body>");
        let added = html("<body>x</BODY>", Handling::Postmark);
        assert_eq!(
            added,
            format!("<body>x<p><a href=\"{URL}\">Unsubscribe</a></p></BODY>")
        );
        let placed = html("{{{pm:unsubscribe}}}", Handling::Postmark);
        assert_eq!(placed.matches(URL).count(), 1);
    }
}
