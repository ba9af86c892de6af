//! A webhook a server starts with.

/// A webhook of one stream.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct WebhookConfig {
    /// Where events are posted; `http://user:password@…` sends basic auth.
    pub url: String,
    /// The stream it listens to. Default `outbound`.
    pub stream: String,
    /// Basic auth, preferred to credentials in the address.
    pub http_auth: Option<(String, String)>,
    /// Further headers, name and value.
    pub http_headers: Vec<(String, String)>,
    /// Which events are posted. Default: all.
    pub triggers: Triggers,
}

/// The events a webhook posts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Triggers {
    /// Opens.
    pub open: bool,
    /// Of the opens, only the first per recipient.
    pub first_open_only: bool,
    /// Clicks.
    pub click: bool,
    /// Deliveries.
    pub delivery: bool,
    /// Bounces.
    pub bounce: bool,
    /// With the raw bounce in `Content`.
    pub bounce_content: bool,
    /// Spam complaints.
    pub spam_complaint: bool,
    /// With the report in `Content`.
    pub spam_complaint_content: bool,
    /// Changes of the stream's suppression list.
    pub subscription_change: bool,
}

impl WebhookConfig {
    /// Posts all events of `outbound` to this address.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        let triggers = Triggers::default();
        Self {
            url: url.into(),
            stream: "outbound".into(),
            http_auth: None,
            http_headers: Vec::new(),
            triggers,
        }
    }

    /// Listens to another stream.
    #[must_use]
    pub fn stream(mut self, stream: impl Into<String>) -> Self {
        self.stream = stream.into();
        self
    }

    /// Sends basic auth.
    #[must_use]
    pub fn http_auth(mut self, user: impl Into<String>, password: impl Into<String>) -> Self {
        self.http_auth = Some((user.into(), password.into()));
        self
    }

    /// Sends one more header.
    #[must_use]
    pub fn http_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.http_headers.push((name.into(), value.into()));
        self
    }

    /// Posts only these events.
    #[must_use]
    pub fn triggers(mut self, triggers: Triggers) -> Self {
        self.triggers = triggers;
        self
    }
}

impl Triggers {
    /// Posts nothing; switch on what is wanted.
    #[must_use]
    pub fn none() -> Self {
        Self {
            open: false,
            first_open_only: false,
            click: false,
            delivery: false,
            bounce: false,
            bounce_content: false,
            spam_complaint: false,
            spam_complaint_content: false,
            subscription_change: false,
        }
    }
}

impl Default for Triggers {
    /// All events, every open, no raw contents.
    fn default() -> Self {
        Self {
            open: true,
            click: true,
            delivery: true,
            bounce: true,
            spam_complaint: true,
            subscription_change: true,
            ..Self::none()
        }
    }
}
