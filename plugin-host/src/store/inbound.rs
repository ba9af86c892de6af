//! What services and the CRM report, ready to be written.

use jiff::Timestamp;
use plugin_api::{EventKind, TrackingId, WebhookRequest};

use crate::compliance::{AccountKey, ContactAddress, FlagScope, FlagSource, Notice};

/// A request to keep, and what was read from it.
#[derive(Debug)]
pub(crate) struct NewWebhook {
    /// The provider it came for, or the way it came.
    pub(crate) provider: String,
    pub(crate) request: WebhookRequest,
    pub(crate) content: WebhookContent,
    pub(crate) hearing: Hearing,
}

impl NewWebhook {
    /// The request as it is kept: of its query only the names. Values may be secrets whatever their names are (`?token=`, `?k=`), and a
    /// piece without `=` may be one itself. The plugin has seen them when the request came in.
    pub(crate) fn new(
        provider: &str,
        mut request: WebhookRequest,
        content: WebhookContent,
        hearing: Hearing,
    ) -> Self {
        request.query = names_of(&request.query);
        Self {
            provider: provider.to_owned(),
            request,
            content,
            hearing,
        }
    }
}

fn names_of(query: &str) -> String {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let names: Vec<String> = pairs.map(|(name, _)| format!("{name}=")).collect();
    names.join("&")
}

/// What was read from a request.
#[derive(Debug)]
pub(crate) enum WebhookContent {
    /// Events and notices.
    Read {
        events: Vec<NewEvent>,
        notices: Vec<Notice>,
    },
    /// Nothing, for this reason; a person looks at it.
    Unread(String),
}

/// How notices came in.
#[derive(Debug, Clone)]
pub(crate) struct Hearing {
    /// How far flags on addresses reach.
    pub(crate) scope: FlagScope,
    /// The providers whose handler knew the form: the notice is about a message of one of them.
    pub(crate) providers: Vec<String>,
    /// By which way.
    pub(crate) source: FlagSource,
    /// When.
    pub(crate) heard_at: Timestamp,
}

/// An event to record.
#[derive(Debug, Clone)]
pub(crate) struct NewEvent {
    /// The provider that reports it, or `host`.
    pub(crate) provider: String,
    /// What tells it from every other event of that provider.
    pub(crate) dedupe_key: String,
    pub(crate) kind: EventKind,
    pub(crate) recipient: Option<ContactAddress>,
    pub(crate) account: Option<AccountKey>,
    pub(crate) tracking_id: Option<TrackingId>,
    pub(crate) provider_message_id: Option<String>,
    pub(crate) occurred_at: Timestamp,
    pub(crate) received_at: Timestamp,
    pub(crate) detail: Option<String>,
    pub(crate) suppresses: Option<bool>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_query_only_the_names_of_its_values_are_kept() {
        for (received, kept) in [
            ("", ""),
            ("a=1&token=sesame&b=", "a=&token=&b="),
            ("sesame", ""),
            ("token=ses=ame&&sesame", "token="),
        ] {
            assert_eq!(names_of(received), kept, "{received}");
        }
    }
}
