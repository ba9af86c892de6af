//! A message made ready for one provider: the recipients of this attempt, and a link where the unsubscribe tag stands.

use plugin_api::tag::{self, Body};
use plugin_api::{Message, UnsubscribeLink};

/// The message as this provider gets it. Without a change the content is shared, not copied.
///
/// `wanted`: the route carries an unsubscribe link. `link`: what the provider's handler put in place of the tag; `None`: it has no link, and the
/// tag goes, since nobody must see its braces.
pub(super) fn prepare(message: &Message, wanted: bool, link: Option<&UnsubscribeLink>) -> Message {
    let link = link.filter(|_| wanted);
    let html = message
        .html_body()
        .map(|body| body_with(body, Body::Html, link));
    let text = message
        .text_body()
        .map(|body| body_with(body, Body::Text, link));
    let same = html.as_deref() == message.html_body() && text.as_deref() == message.text_body();
    if same && message.wants_unsubscribe_tag() == link.is_some() {
        return message.clone();
    }
    message.with_bodies(html, text, link.is_some())
}

fn body_with(body: &str, kind: Body, link: Option<&UnsubscribeLink>) -> String {
    match link {
        Some(link) => tag::render(&tag::ensure(body, kind), kind, link).into_owned(),
        None => tag::remove(body, kind).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::prepare;
    use plugin_api::{Mailbox, Message, TrackingId, UnsubscribeLink};

    fn message(html: &str) -> Message {
        Message::builder()
            .from(Mailbox::new("sales@example.com").unwrap())
            .to(Mailbox::new("ann@example.com").unwrap())
            .html_body(html)
            .tracking_id(TrackingId::from_bytes([7; 16]))
            .build()
            .unwrap()
    }

    #[test]
    fn the_tag_is_added_where_it_is_missing_and_rendered() {
        let link = UnsubscribeLink::Url("https://example.com/u".to_owned());
        let ready = prepare(&message("<p>Hello</p>"), true, Some(&link));
        let html = ready.html_body().unwrap();
        assert!(html.contains("href=\"https://example.com/u\""), "{html}");
        assert!(!html.contains("{{{"), "{html}");
    }

    #[test]
    fn without_a_wish_or_a_link_no_braces_are_left() {
        let tagged = message("<p>Hello {{{ pm:unsubscribe }}}</p>");
        for ready in [
            prepare(&tagged, false, Some(&UnsubscribeLink::Canonical)),
            prepare(&tagged, true, None),
        ] {
            assert_eq!(ready.html_body(), Some("<p>Hello </p>"));
            assert!(!ready.wants_unsubscribe_tag());
        }
    }
}
