//! A SendGrid account as a test sets it up: API keys, unsubscribe groups, templates, event webhooks, bought add-ons.

mod group;
mod key;
mod template;
mod webhook;

pub use group::UnsubscribeGroup;
pub use key::ApiKeyConfig;
pub use template::DynamicTemplate;
pub use webhook::EventWebhookConfig;

use std::time::Duration;

use crate::simulator::Senders;

/// A SendGrid account (or subuser).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SendgridConfig {
    /// Its name, told by `GET /v3/user/username` and in the ledger. Default `simulated`.
    pub username: String,
    /// Its number, told by the same call. Default 4711.
    pub user_id: u64,
    /// The keys clients may present.
    pub keys: Vec<ApiKeyConfig>,
    /// Whether it may send.
    pub standing: SendgridStanding,
    /// Who may be in `from`.
    pub senders: Senders,
    /// Its unsubscribe groups.
    pub groups: Vec<UnsubscribeGroup>,
    /// Its dynamic templates.
    pub templates: Vec<DynamicTemplate>,
    /// Its event webhooks.
    pub webhooks: Vec<EventWebhookConfig>,
    /// The Email Activity add-on: how long after acceptance the search shows a message, on the simulator's clock. Nothing: not bought,
    /// as on a new account, and the search answers 403.
    pub email_activity: Option<Duration>,
    /// Requests allowed within a time; more get 429. Default: no limit, and no rate headers.
    pub rate_limit: Option<RateLimit>,
    /// The same for the Email Activity search alone.
    pub search_limit: Option<RateLimit>,
    /// Whether opens are tracked where a message does not say. Default true.
    pub track_opens: bool,
    /// Whether clicks are tracked where a message does not say. Default true.
    pub track_clicks: bool,
}

/// Why an account may not send, or that it may.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SendgridStanding {
    /// It may.
    #[default]
    Active,
    /// HTTP 403: under review.
    Suspended,
    /// HTTP 401: credits used up.
    OutOfCredits,
}

/// So many requests in so long, counted anew after each such time of the simulator's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RateLimit {
    /// How many.
    pub requests: u64,
    /// In how long.
    pub within: Duration,
}

impl RateLimit {
    /// So many requests in so long.
    #[must_use]
    pub fn new(requests: u64, within: Duration) -> Self {
        Self { requests, within }
    }
}

impl SendgridConfig {
    /// An account with one key that may do everything.
    #[must_use]
    pub fn with_key(key: impl Into<String>) -> Self {
        Self {
            username: "simulated".into(),
            user_id: 4711,
            keys: vec![ApiKeyConfig::new(key)],
            standing: SendgridStanding::Active,
            senders: Senders::Any,
            groups: Vec::new(),
            templates: Vec::new(),
            webhooks: Vec::new(),
            email_activity: None,
            rate_limit: None,
            search_limit: None,
            track_opens: true,
            track_clicks: true,
        }
    }

    /// Names and numbers it.
    #[must_use]
    pub fn user(mut self, username: impl Into<String>, user_id: u64) -> Self {
        (self.username, self.user_id) = (username.into(), user_id);
        self
    }

    /// One more key.
    #[must_use]
    pub fn key(mut self, key: ApiKeyConfig) -> Self {
        self.keys.push(key);
        self
    }

    /// Lets it send, or not.
    #[must_use]
    pub fn standing(mut self, standing: SendgridStanding) -> Self {
        self.standing = standing;
        self
    }

    /// Accepts these senders.
    #[must_use]
    pub fn senders(mut self, senders: Senders) -> Self {
        self.senders = senders;
        self
    }

    /// One more unsubscribe group.
    #[must_use]
    pub fn group(mut self, group: UnsubscribeGroup) -> Self {
        self.groups.push(group);
        self
    }

    /// One more template.
    #[must_use]
    pub fn template(mut self, template: DynamicTemplate) -> Self {
        self.templates.push(template);
        self
    }

    /// One more event webhook.
    #[must_use]
    pub fn webhook(mut self, webhook: EventWebhookConfig) -> Self {
        self.webhooks.push(webhook);
        self
    }

    /// Buys the Email Activity add-on; its search shows messages this long after they were accepted.
    #[must_use]
    pub fn email_activity(mut self, indexing_delay: Duration) -> Self {
        self.email_activity = Some(indexing_delay);
        self
    }

    /// Allows so many requests in so long.
    #[must_use]
    pub fn rate_limit(mut self, limit: RateLimit) -> Self {
        self.rate_limit = Some(limit);
        self
    }

    /// Allows so many searches in so long.
    #[must_use]
    pub fn search_limit(mut self, limit: RateLimit) -> Self {
        self.search_limit = Some(limit);
        self
    }

    /// Tracks opens and clicks where a message does not say, or not.
    #[must_use]
    pub fn tracking(mut self, opens: bool, clicks: bool) -> Self {
        (self.track_opens, self.track_clicks) = (opens, clicks);
        self
    }
}
