//! The service's unsubscribe links: which a mail has, and its bodies as one recipient finds them.

use super::account::Mail;
use super::message::Subscription;
use crate::simulator::html::{anchor, before_body_end};

/// What a link of a mail leads out of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leaves {
    Group(u64),
    Everything,
}

/// The addresses of one recipient's links.
#[derive(Debug)]
pub(super) struct Links {
    /// Of the group the mail is sent to; nothing without one.
    pub(super) group: Option<String>,
    pub(super) everything: String,
}

/// Bodies as one recipient gets them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Linked {
    pub(super) html: Option<String>,
    pub(super) text: Option<String>,
    /// The link a reader finds, which is also the one of the header List-Unsubscribe.
    pub(super) url: Option<String>,
}

/// What the mail's own unsubscribe link leads out of. Where a group and subscription tracking are both on, the group wins.
pub(super) fn leaves(mail: &Mail) -> Option<Leaves> {
    let letter = &mail.letter;
    let everything = letter.tracking.subscription.as_ref();
    letter
        .group
        .map(Leaves::Group)
        .or_else(|| everything.map(|_| Leaves::Everything))
}

/// Puts the links where the mail's tags are; where none is, the service adds its own at the end.
pub(super) fn with_links(mail: &Mail, links: &Links) -> Linked {
    let (html, text) = (mail.body("text/html"), mail.body("text/plain"));
    if let Some(group) = &links.group {
        return in_group(html, text, group, &links.everything);
    }
    match &mail.letter.tracking.subscription {
        Some(subscription) => tracked(html, text, subscription, &links.everything),
        None => Linked {
            html: html.map(str::to_owned),
            text: text.map(str::to_owned),
            url: None,
        },
    }
}

fn in_group(html: Option<&str>, text: Option<&str>, group: &str, everything: &str) -> Linked {
    let tags = [
        ("<%asm_group_unsubscribe_raw_url%>", group),
        ("<%asm_preferences_raw_url%>", group),
        ("<%asm_global_unsubscribe_raw_url%>", everything),
    ];
    let replaced = |body: &str| {
        let has_tag = tags.iter().any(|(tag, _)| body.contains(tag));
        let filled = tags
            .iter()
            .fold(body.to_owned(), |body, (tag, url)| body.replace(tag, url));
        (filled, has_tag)
    };
    let html = html.map(|body| match replaced(body) {
        (body, true) => body,
        (body, false) => before_body_end(&body, &anchor("Unsubscribe From This List", group)),
    });
    let text = text.map(|body| match replaced(body) {
        (body, true) => body,
        (body, false) => format!("{body}\n\nUnsubscribe From This List: {group}\n"),
    });
    let url = Some(group.to_owned());
    Linked { html, text, url }
}

fn tracked(html: Option<&str>, text: Option<&str>, how: &Subscription, url: &str) -> Linked {
    let (html, text) = match &how.substitution_tag {
        Some(tag) => {
            let replaced = |body: &str| body.replace(tag.as_str(), url);
            (html.map(replaced), text.map(replaced))
        }
        None => (
            html.map(|body| before_body_end(body, &html_footer(how, url))),
            text.map(|body| format!("{body}\n\n{}\n", text_footer(how, url))),
        ),
    };
    let url = Some(url.to_owned());
    Linked { html, text, url }
}

/// The words between `<%` and `%>` become the link.
fn html_footer(how: &Subscription, url: &str) -> String {
    let own = how.html.as_deref().and_then(split_tag);
    match own {
        Some((before, words, after)) if !words.is_empty() => {
            format!("{before}{}{after}", anchor(words, url))
        }
        _ => anchor("Unsubscribe", url),
    }
}

fn text_footer(how: &Subscription, url: &str) -> String {
    match how.text.as_deref().and_then(split_tag) {
        Some((before, _, after)) => format!("{before}{url}{after}"),
        None => format!("Unsubscribe: {url}"),
    }
}

fn split_tag(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once("<%")?;
    let (words, after) = rest.split_once("%>")?;
    Some((before, words.trim(), after))
}
