//! One server of an account.

use super::{StreamConfig, StreamType, TemplateConfig, WebhookConfig};

/// One server of the account.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ServerConfig {
    /// Value of `X-Postmark-Server-Token`, compared without regard to letter case.
    pub token: String,
    /// Its name, shown by `GET /server` and in the ledger. Default `simulated`.
    pub name: String,
    /// Its streams. Default: `outbound`, `broadcast` and `inbound`, as on a new server.
    pub streams: Vec<StreamConfig>,
    /// Templates it starts with.
    pub templates: Vec<TemplateConfig>,
    /// Webhooks it starts with, taken as verified.
    pub webhooks: Vec<WebhookConfig>,
    /// Whether it may send.
    pub account: AccountState,
    /// A sandbox server: everything is processed, nothing reaches a mailbox.
    pub sandbox: bool,
    /// Tracks opens of every message, whatever the message says.
    pub track_opens: bool,
}

/// Why a server may not send, or that it may.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum AccountState {
    /// It may.
    #[default]
    Approved,
    /// Error 412: waiting for approval, mail may only go to the domain of `From`.
    PendingApproval,
    /// Error 413: not approved.
    NotApproved,
    /// Error 405: credits used up.
    OutOfCredits,
    /// Error 422: invalid server.
    Invalid,
    /// Error 1480: the caller's address is not on the allowlist.
    AddressNotAllowed,
}

impl ServerConfig {
    /// A server like a new one at Postmark, approved and live.
    #[must_use]
    pub fn new(token: impl Into<String>) -> Self {
        Self {
            token: token.into(),
            name: "simulated".into(),
            streams: vec![
                StreamConfig::new("outbound", StreamType::Transactional),
                StreamConfig::new("broadcast", StreamType::Broadcasts),
                StreamConfig::new("inbound", StreamType::Inbound),
            ],
            templates: Vec::new(),
            webhooks: Vec::new(),
            account: AccountState::Approved,
            sandbox: false,
            track_opens: false,
        }
    }

    /// Names it.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// One more stream.
    #[must_use]
    pub fn stream(mut self, stream: StreamConfig) -> Self {
        self.streams.push(stream);
        self
    }

    /// One more template.
    #[must_use]
    pub fn template(mut self, template: TemplateConfig) -> Self {
        self.templates.push(template);
        self
    }

    /// One more webhook.
    #[must_use]
    pub fn webhook(mut self, webhook: WebhookConfig) -> Self {
        self.webhooks.push(webhook);
        self
    }

    /// Lets it send, or not.
    #[must_use]
    pub fn account(mut self, account: AccountState) -> Self {
        self.account = account;
        self
    }

    /// Makes it a sandbox server.
    #[must_use]
    pub fn sandbox(mut self) -> Self {
        self.sandbox = true;
        self
    }

    /// Tracks every open.
    #[must_use]
    pub fn track_opens(mut self) -> Self {
        self.track_opens = true;
        self
    }
}
