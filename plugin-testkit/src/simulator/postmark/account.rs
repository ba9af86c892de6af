//! What one Postmark server holds: streams with their suppressions, accepted messages, bounces, templates, webhooks.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard};

use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use super::bounce_type::BounceType;
use super::config::{AccountState, ServerConfig, StreamConfig, StreamType};
use super::content::Content;
use super::hooks::Hook;
use super::templates::Template;
use crate::simulator::service::lock;

/// A server and everything on it.
pub(super) struct Server {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) token: String,
    pub(super) account: AccountState,
    pub(super) sandbox: bool,
    pub(super) track_opens: bool,
    /// Behind `POSTMARK_API_TEST`: validates, keeps nothing, delivers nothing.
    pub(super) test: bool,
    state: Mutex<State>,
}

/// The part that changes.
pub(super) struct State {
    pub(super) streams: Vec<Stream>,
    pub(super) templates: Vec<Template>,
    pub(super) next_template: u64,
    pub(super) hooks: Vec<Hook>,
    pub(super) next_hook: u64,
    pub(super) messages: Vec<Sent>,
    pub(super) places: HashMap<Uuid, usize>,
    pub(super) bounces: Vec<Bounce>,
}

pub(super) struct Stream {
    pub(super) config: StreamConfig,
    pub(super) created_at: Timestamp,
    /// By address in lower case.
    pub(super) suppressions: BTreeMap<String, Suppression>,
}

#[derive(Clone, Debug)]
pub(super) struct Suppression {
    pub(super) reason: SuppressionReason,
    pub(super) origin: Origin,
    pub(super) created_at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SuppressionReason {
    HardBounce,
    SpamComplaint,
    ManualSuppression,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    Recipient,
    Customer,
}

/// An accepted message.
pub(super) struct Sent {
    pub(super) id: Uuid,
    pub(super) accepted_at: Timestamp,
    pub(super) content: Content,
    /// Who it goes to, suppressed people left out; lower case.
    pub(super) recipients: Vec<String>,
    /// Whose mailbox it reached; lower case.
    pub(super) mailboxes: Vec<String>,
    pub(super) events: Vec<MessageEvent>,
}

/// An entry of `MessageEvents`.
pub(super) struct MessageEvent {
    pub(super) recipient: String,
    pub(super) kind: &'static str,
    pub(super) at: Timestamp,
    pub(super) details: Value,
}

pub(super) struct Bounce {
    pub(super) id: u64,
    pub(super) kind: BounceType,
    pub(super) message: Uuid,
    pub(super) stream: String,
    pub(super) email: String,
    pub(super) from: String,
    pub(super) subject: String,
    pub(super) tag: Option<String>,
    pub(super) at: Timestamp,
    pub(super) inactive: bool,
}

impl Server {
    pub(super) fn new(id: u64, config: ServerConfig, test: bool, now: Timestamp) -> Self {
        let stream = |config| Stream {
            config,
            created_at: now,
            suppressions: BTreeMap::new(),
        };
        let mut state = State {
            streams: config.streams.into_iter().map(stream).collect(),
            templates: Vec::new(),
            next_template: 1,
            hooks: Vec::new(),
            next_hook: 1,
            messages: Vec::new(),
            places: HashMap::new(),
            bounces: Vec::new(),
        };
        for template in config.templates {
            state.add_template(Template::configured(template));
        }
        for hook in config.webhooks {
            state.add_hook(Hook::configured(hook));
        }
        let (sandbox, track_opens) = (config.sandbox, config.track_opens);
        let (name, token, account) = (config.name, config.token, config.account);
        Self {
            id,
            name,
            token,
            account,
            sandbox,
            track_opens,
            test,
            state: Mutex::new(state),
        }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

impl State {
    pub(super) fn stream(&self, id: &str) -> Option<&Stream> {
        self.streams.iter().find(|stream| stream.config.id == id)
    }

    pub(super) fn stream_mut(&mut self, id: &str) -> Option<&mut Stream> {
        self.streams
            .iter_mut()
            .find(|stream| stream.config.id == id)
    }

    pub(super) fn message(&self, id: &Uuid) -> Option<&Sent> {
        self.places
            .get(id)
            .and_then(|place| self.messages.get(*place))
    }

    pub(super) fn message_mut(&mut self, id: &Uuid) -> Option<&mut Sent> {
        let place = *self.places.get(id)?;
        self.messages.get_mut(place)
    }

    pub(super) fn keep(&mut self, sent: Sent) {
        self.places.insert(sent.id, self.messages.len());
        self.messages.push(sent);
    }

    pub(super) fn add_template(&mut self, mut template: Template) -> &Template {
        template.id = self.next_template;
        self.next_template += 1;
        self.templates.push(template);
        &self.templates[self.templates.len() - 1]
    }

    pub(super) fn add_hook(&mut self, mut hook: Hook) -> &Hook {
        hook.id = self.next_hook;
        self.next_hook += 1;
        self.hooks.push(hook);
        &self.hooks[self.hooks.len() - 1]
    }
}

impl Stream {
    pub(super) fn can_send(&self) -> bool {
        self.config.kind != StreamType::Inbound
    }
}

impl SuppressionReason {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::HardBounce => "HardBounce",
            Self::SpamComplaint => "SpamComplaint",
            Self::ManualSuppression => "ManualSuppression",
        }
    }
}

impl Origin {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Recipient => "Recipient",
            Self::Customer => "Customer",
        }
    }
}
