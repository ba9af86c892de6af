//! An event webhook an account starts with.

use std::time::Duration;

use crate::simulator::sendgrid::SigningKey;

/// An event webhook. It posts lists of events of every kind, unless told otherwise.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct EventWebhookConfig {
    /// Where events are posted; `http://user:password@…` sends basic auth.
    pub url: String,
    /// Basic auth, preferred to credentials in the address.
    pub http_auth: Option<(String, String)>,
    /// The kinds that are posted, e.g. `delivered`. Nothing: all.
    pub events: Option<Vec<String>>,
    /// What it signs with. Nothing: unsigned.
    pub signing_key: Option<SigningKey>,
    /// Whether a repeated request is signed anew. Nobody says what the service does; by default a repeat carries the first timestamp
    /// and signature, which is harder to receive.
    pub signs_repeats_anew: bool,
    /// How long an event waits for others to share its request, on the simulator's clock. Default 0: what one request or act
    /// causes goes together.
    pub window: Duration,
    /// The most events of a request. Default 1000.
    pub longest: usize,
}

impl EventWebhookConfig {
    /// Posts all events to this address, unsigned.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            http_auth: None,
            events: None,
            signing_key: None,
            signs_repeats_anew: false,
            window: Duration::ZERO,
            longest: 1000,
        }
    }

    /// Sends basic auth.
    #[must_use]
    pub fn http_auth(mut self, user: impl Into<String>, password: impl Into<String>) -> Self {
        self.http_auth = Some((user.into(), password.into()));
        self
    }

    /// Posts only these kinds.
    #[must_use]
    pub fn events<S: Into<String>>(mut self, kinds: impl IntoIterator<Item = S>) -> Self {
        self.events = Some(kinds.into_iter().map(Into::into).collect());
        self
    }

    /// Signs its requests; [`SigningKey::public_key`] is what the receiver is given.
    #[must_use]
    pub fn signed_with(mut self, key: SigningKey) -> Self {
        self.signing_key = Some(key);
        self
    }

    /// Signs every repeat anew.
    #[must_use]
    pub fn signs_repeats_anew(mut self) -> Self {
        self.signs_repeats_anew = true;
        self
    }

    /// Gathers events for this long, at most so many.
    #[must_use]
    pub fn gathers(mut self, window: Duration, longest: usize) -> Self {
        (self.window, self.longest) = (window, longest);
        self
    }
}
