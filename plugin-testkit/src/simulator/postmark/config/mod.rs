//! A Postmark account as a test sets it up: servers by token, streams, senders, templates, webhooks.

mod server;
mod stream;
mod template;
mod webhook;

pub use server::{AccountState, ServerConfig};
pub use stream::{StreamConfig, StreamType, UnsubscribeHandling};
pub use template::TemplateConfig;
pub use webhook::{Triggers, WebhookConfig};

use std::time::Duration;

use crate::simulator::{InactiveWording, Senders};

/// A Postmark account.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PostmarkConfig {
    /// The account's servers; each has its own token and shares nothing with the others.
    pub servers: Vec<ServerConfig>,
    /// Who may be in `From`.
    pub senders: Senders,
    /// How long an accepted message stays invisible to search and details, on the simulator's clock. Default 0.
    pub indexing_delay: Duration,
    /// The wording of error 406. Without one: single sends as in the clients' fixtures, batch items as documented.
    pub inactive_wording: Option<InactiveWording>,
}

impl PostmarkConfig {
    /// An account with one server that has this token and everything else by default.
    #[must_use]
    pub fn with_token(token: impl Into<String>) -> Self {
        Self::with_server(ServerConfig::new(token))
    }

    /// An account with one server.
    #[must_use]
    pub fn with_server(server: ServerConfig) -> Self {
        Self {
            servers: vec![server],
            senders: Senders::Any,
            indexing_delay: Duration::ZERO,
            inactive_wording: None,
        }
    }

    /// One more server.
    #[must_use]
    pub fn server(mut self, server: ServerConfig) -> Self {
        self.servers.push(server);
        self
    }

    /// Hides accepted messages from search for this long.
    #[must_use]
    pub fn indexing_delay(mut self, delay: Duration) -> Self {
        self.indexing_delay = delay;
        self
    }

    /// Accepts these senders.
    #[must_use]
    pub fn senders(mut self, senders: Senders) -> Self {
        self.senders = senders;
        self
    }

    /// Words error 406 in this way everywhere.
    #[must_use]
    pub fn inactive_wording(mut self, wording: InactiveWording) -> Self {
        self.inactive_wording = Some(wording);
        self
    }
}
