//! The unsubscribe tag `{{{ pm:unsubscribe }}}`: finding it in every spelling, adding it where it is missing, putting a link in its place.
//!
//! The tag is Postmark's, and the canonical one for every provider: bare in HTML it becomes a link, inside `href="…"` it becomes the
//! address, in plain text it becomes the address. Source: Postmark support article 1208; the spellings with `label="…"` and
//! `pm:unsubscribe_url` stood in older documentation and in public code.

use std::borrow::Cow;
use std::ops::Range;

use crate::UnsubscribeLink;

/// The canonical spelling.
pub const CANONICAL: &str = "{{{ pm:unsubscribe }}}";

/// Which kind of body a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body {
    /// HTML: a bare tag becomes a link.
    Html,
    /// Plain text: a tag becomes an address.
    Text,
}

struct Tag {
    at: Range<usize>,
    label: Option<String>,
    in_attribute: bool,
    in_comment: bool,
}

/// Whether a body carries the tag in any spelling. A tag inside an HTML comment does not count: nobody would see it.
pub fn is_present(body: &str, kind: Body) -> bool {
    tags(body, kind).iter().any(|tag| !tag.in_comment)
}

/// The body with the tag added if it is missing: in HTML before the last `</body>` (or at the end), in text as a last line.
pub fn ensure(body: &str, kind: Body) -> Cow<'_, str> {
    if is_present(body, kind) {
        return Cow::Borrowed(body);
    }
    match kind {
        Body::Text => {
            let gap = if body.is_empty() { "" } else { "\n\n" };
            let body = body.trim_end_matches(['\r', '\n']);
            Cow::Owned(format!("{body}{gap}Unsubscribe: {CANONICAL}\n"))
        }
        Body::Html => {
            let end = last_body_end(body).unwrap_or(body.len());
            let (before, after) = body.split_at(end);
            let link = format!("<p><a href=\"{CANONICAL}\">Unsubscribe</a></p>");
            Cow::Owned(format!("{before}{link}{after}"))
        }
    }
}

/// The body with a service's link in place of every tag, in any spelling; with [`UnsubscribeLink::Canonical`] other spellings become
/// the canonical one. No braces of a tag are left for a recipient to see.
pub fn render<'a>(body: &'a str, kind: Body, link: &UnsubscribeLink) -> Cow<'a, str> {
    let tags = tags(body, kind);
    if tags.is_empty() {
        return Cow::Borrowed(body);
    }
    let address = match link {
        UnsubscribeLink::Canonical => CANONICAL,
        UnsubscribeLink::Url(url) => url,
    };
    let mut rendered = String::with_capacity(body.len() + tags.len() * address.len());
    let mut copied = 0;
    for tag in tags {
        rendered.push_str(&body[copied..tag.at.start]);
        rendered.push_str(&replacement(&tag, kind, link, address));
        copied = tag.at.end;
    }
    rendered.push_str(&body[copied..]);
    Cow::Owned(rendered)
}

/// The body without any tag: for routes that carry no unsubscribe link.
pub fn remove(body: &str, kind: Body) -> Cow<'_, str> {
    let mut kept = Cow::Borrowed(body);
    for tag in tags(body, kind).into_iter().rev() {
        kept.to_mut().replace_range(tag.at, "");
    }
    kept
}

fn replacement(tag: &Tag, kind: Body, link: &UnsubscribeLink, address: &str) -> String {
    let bare_html = kind == Body::Html && !tag.in_attribute;
    match (&tag.label, link) {
        (None, UnsubscribeLink::Canonical) => CANONICAL.to_owned(),
        (label, _) if bare_html => {
            let words = label.as_deref().unwrap_or("Unsubscribe");
            format!(
                "<a href=\"{}\">{}</a>",
                attribute(address, link),
                escape(words)
            )
        }
        _ if kind == Body::Html => attribute(address, link),
        _ => address.to_owned(),
    }
}

/// A service's own placeholder must survive as it is (`<%…%>` is one), a real address is escaped.
fn attribute(address: &str, link: &UnsubscribeLink) -> String {
    let real = address.starts_with("http://") || address.starts_with("https://");
    match link {
        UnsubscribeLink::Url(_) if real => escape(address),
        _ => address.to_owned(),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// No tag is longer; braces further apart are somebody else's. Keeps the search linear whatever the body.
const LONGEST_TAG: usize = 256;

fn tags(body: &str, kind: Body) -> Vec<Tag> {
    let mut found = Vec::new();
    let mut place = Place::default();
    let (mut from, mut seen) = (0, 0);
    while let Some(start) = braces(body, from) {
        from = start + 1;
        let window = &body.as_bytes()[start..body.len().min(start + LONGEST_TAG)];
        let close = window.windows(3).position(|three| three == b"}}}");
        let Some(end) = close.map(|at| start + at + 3) else {
            continue;
        };
        if let Some(label) = read_tag(&body[start + 3..end - 3]) {
            if kind == Body::Html {
                place.pass(&body[seen..start]);
            }
            found.push(Tag {
                at: start..end,
                label,
                in_attribute: place.in_attribute,
                in_comment: place.in_comment,
            });
            (from, seen) = (end, end);
        }
    }
    found
}

/// The next three braces. Single characters are what the standard library searches fastest for.
fn braces(body: &str, from: usize) -> Option<usize> {
    let mut places = body[from..].match_indices('{').map(|(at, _)| from + at);
    places.find(|at| body[*at..].starts_with("{{{"))
}

/// Where in HTML the text so far ends.
#[derive(Default)]
struct Place {
    /// Behind an opening `<` that is not closed.
    in_attribute: bool,
    in_comment: bool,
}

impl Place {
    fn pass(&mut self, text: &str) {
        if let Some(last) = text.rfind(['<', '>']) {
            self.in_attribute = text[last..].starts_with('<');
        }
        // Looking whether there are any is faster than looking for the last.
        if text.contains("<!--") || text.contains("-->") {
            self.in_comment = text.rfind("<!--") > text.rfind("-->");
        }
    }
}

/// `Some(label)` when the text between the braces is an unsubscribe tag.
fn read_tag(inner: &str) -> Option<Option<String>> {
    let inner = inner.trim();
    let (name, rest) = inner.split_at(inner.find(char::is_whitespace).unwrap_or(inner.len()));
    let known = ["pm:unsubscribe", "pm:unsubscribe_url"];
    if !known.iter().any(|known| known.eq_ignore_ascii_case(name)) {
        return None;
    }
    let rest = rest.trim();
    if rest.is_empty() {
        return Some(None);
    }
    let value = rest
        .strip_prefix("label")?
        .trim_start()
        .strip_prefix('=')?
        .trim();
    let quoted = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
    let label = quoted('"')
        .or_else(|| quoted('\''))
        .or_else(|| value.strip_prefix("&quot;")?.strip_suffix("&quot;"));
    Some(Some(label?.to_owned()))
}

fn last_body_end(html: &str) -> Option<usize> {
    let is_end = |at: &usize| {
        let name = html.as_bytes().get(at + 1..at + 6);
        name.is_some_and(|name| name.eq_ignore_ascii_case(b"/body"))
    };
    html.rmatch_indices('<').map(|(at, _)| at).find(is_end)
}

#[cfg(test)]
mod tests {
    use super::{Body, CANONICAL, ensure, is_present, remove, render};
    use crate::UnsubscribeLink;

    fn url() -> UnsubscribeLink {
        UnsubscribeLink::Url("https://mail.example.com/u/a?b=1&c=2".to_owned())
    }

    #[test]
    fn every_spelling_is_found_and_no_braces_are_left() {
        for tag in [
            "{{{ pm:unsubscribe }}}",
            "{{{pm:unsubscribe}}}",
            "{{{\tPM:Unsubscribe\n}}}",
            "{{{ pm:unsubscribe_url }}}",
            "{{{ pm:unsubscribe label=\"Leave the list\" }}}",
        ] {
            let html = format!("<p>Hello</p>{tag}");
            assert!(is_present(&html, Body::Html), "{tag}");
            let rendered = render(&html, Body::Html, &url());
            assert!(
                rendered.contains("<a href=\"https://mail.example.com/u/a?b=1&amp;c=2\">"),
                "{rendered}"
            );
            assert!(!rendered.contains(['{', '}']), "{rendered}");
            let text = render(tag, Body::Text, &url());
            assert_eq!(text, "https://mail.example.com/u/a?b=1&c=2");
        }
    }

    #[test]
    fn inside_an_href_the_tag_becomes_the_address_alone() {
        let html = format!("<a href=\"{CANONICAL}\">Stop</a>");
        assert_eq!(
            render(&html, Body::Html, &url()),
            "<a href=\"https://mail.example.com/u/a?b=1&amp;c=2\">Stop</a>"
        );
    }

    #[test]
    fn a_missing_tag_goes_before_the_last_end_of_body_or_to_the_end() {
        let html = ensure("<html><body>Hi</BODY></html>", Body::Html);
        assert_eq!(
            html,
            format!("<html><body>Hi<p><a href=\"{CANONICAL}\">Unsubscribe</a></p></BODY></html>")
        );
        assert!(ensure("Hi", Body::Html).ends_with("</p>"));
        assert_eq!(
            ensure("Hi\n", Body::Text),
            format!("Hi\n\nUnsubscribe: {CANONICAL}\n")
        );
        assert_eq!(
            ensure(&html, Body::Html),
            html,
            "adding twice changes nothing"
        );
    }

    #[test]
    fn a_tag_in_a_comment_does_not_count_but_is_rendered() {
        let html = format!("<!-- {CANONICAL} --><p>é</p>");
        assert!(!is_present(&html, Body::Html));
        assert!(!render(&html, Body::Html, &url()).contains("{{{"));
    }

    #[test]
    fn for_postmark_odd_spellings_become_the_canonical_one() {
        let html = "{{{pm:unsubscribe label='Leave'}}} {{{ pm:unsubscribe_url }}}";
        assert_eq!(
            render(html, Body::Html, &UnsubscribeLink::Canonical),
            format!("<a href=\"{CANONICAL}\">Leave</a> {CANONICAL}")
        );
    }

    #[test]
    fn a_body_made_of_braces_is_searched_once() {
        let braces = "{".repeat(50_000) + "}}}" + &CANONICAL.repeat(10_000);
        assert!(is_present(&braces, Body::Html));
        assert!(!render(&braces, Body::Text, &url()).contains("pm:unsubscribe"));
    }

    #[test]
    fn other_braces_stay() {
        for body in [
            "{{{ name }}}",
            "{{{",
            "}}} {{{ pm:other }}}",
            "{{ pm:unsubscribe }}",
        ] {
            assert!(!is_present(body, Body::Html), "{body}");
            assert_eq!(render(body, Body::Html, &url()), body);
            assert_eq!(remove(body, Body::Html), body);
        }
    }
}
