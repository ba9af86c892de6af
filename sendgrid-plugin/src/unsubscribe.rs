//! Unsubscribing: which of SendGrid's links takes the place of the tag, and the events that say somebody used it.

use std::borrow::Cow;

use plugin_api::tag::{self, Body};
use plugin_api::{Event, EventKind, Timestamp, Unsubscribe, UnsubscribeLink};

/// SendGrid's own placeholder for the link of the message's unsubscribe group. Source: the fact sheet's 4.
const GROUP_PLACEHOLDER: &str = "<%asm_group_unsubscribe_raw_url%>";
/// Ours, named in the request, for the link of its subscription tracking.
pub(crate) const GLOBAL_PLACEHOLDER: &str = "[%unsubscribe-url%]";

/// The service's link, as far as the settings name one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Link {
    /// The host's own link is used.
    None,
    /// Leaves everything this account sends.
    Global,
    /// Leaves this group.
    Group(u64),
}

impl Link {
    /// What stands in a body in place of the tag.
    pub(crate) fn placeholder(self) -> Option<UnsubscribeLink> {
        let placeholder = match self {
            Self::None => return None,
            Self::Global => GLOBAL_PLACEHOLDER,
            Self::Group(_) => GROUP_PLACEHOLDER,
        };
        Some(UnsubscribeLink::Url(placeholder.to_owned()))
    }

    /// A body with the placeholder in place of the tag, which is added if it is wanted and missing. Without a link of the service's there is
    /// no tag left: the host has put its own link there.
    pub(crate) fn render(self, body: &str, kind: Body, wanted: bool) -> Cow<'_, str> {
        let Some(link) = self.placeholder() else {
            return Cow::Borrowed(body);
        };
        let body = if wanted {
            tag::ensure(body, kind)
        } else {
            Cow::Borrowed(body)
        };
        match body {
            Cow::Borrowed(body) => tag::render(body, kind, &link),
            Cow::Owned(body) => Cow::Owned(tag::render(&body, kind, &link).into_owned()),
        }
    }
}

/// What an event says about leaving or coming back, if it does.
pub(crate) fn of_event(event: Event, received_at: Timestamp) -> Option<Unsubscribe> {
    let suppress = match event.kind {
        EventKind::Unsubscribed => true,
        EventKind::Resubscribed => false,
        _ => return None,
    };
    let mut unsubscribe = Unsubscribe::new(event.occurred_at.unwrap_or(received_at));
    unsubscribe.suppress = suppress;
    unsubscribe.account_uid = event.account_uid;
    unsubscribe.tracking_id = event.tracking_id.and_then(|id| id.parse().ok());
    unsubscribe.recipient = event.recipient;
    unsubscribe.event_id = event.event_id;
    unsubscribe.provider_message_id = event.provider_message_id;
    unsubscribe.detail = event.detail;
    Some(unsubscribe)
}

#[cfg(test)]
mod tests {
    use super::Link;
    use plugin_api::tag::Body;

    #[test]
    fn the_tag_becomes_the_placeholder_unescaped() {
        let html = Link::Group(1).render("<p>Hello</p>", Body::Html, true);
        assert!(
            html.contains(r#"href="<%asm_group_unsubscribe_raw_url%>""#),
            "{html}"
        );
        let text = Link::Global.render("Hello {{{pm:unsubscribe}}}", Body::Text, true);
        assert_eq!(text, "Hello [%unsubscribe-url%]");
        assert_eq!(Link::None.render("Hello", Body::Text, true), "Hello");
    }
}
