//! Webhooks of a server: which events go where, and posting them.

use axum::body::Bytes;
use reqwest::Url;
use serde_json::{Value, json};

use super::Postmark;
use super::account::State;
use super::config::{Triggers, WebhookConfig};
use crate::simulator::webhooks::WebhookCall;

/// A webhook as the server keeps it.
#[derive(Clone, Debug)]
pub(super) struct Hook {
    pub(super) id: u64,
    pub(super) config: WebhookConfig,
    /// Events flow only to verified ones.
    pub(super) verified: bool,
}

/// The kinds of event a webhook can be switched on for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EventKind {
    Open,
    FirstOpen,
    Click,
    Delivery,
    Bounce,
    SpamComplaint,
    SubscriptionChange,
}

impl Postmark {
    /// Posts an event to every verified webhook of the stream that wants it.
    pub(super) fn fire(&self, state: &State, stream: &str, kind: EventKind, body: Value) {
        self.fire_with(state, stream, kind, |_| body.clone());
    }

    /// The same, for events whose body depends on the webhook's settings.
    pub(super) fn fire_with(
        &self,
        state: &State,
        stream: &str,
        kind: EventKind,
        body: impl Fn(&Triggers) -> Value,
    ) {
        let wanting = state
            .hooks
            .iter()
            .filter(|hook| hook.verified && hook.config.stream == stream && hook.wants(kind));
        for hook in wanting {
            match hook.call(kind, &body(&hook.config.triggers)) {
                Some(call) => self.webhooks.post(call),
                None => tracing::warn!(
                    webhook = hook.id,
                    "the webhook's address is no URL; the event is not posted"
                ),
            }
        }
    }
}

impl Hook {
    pub(super) fn configured(config: WebhookConfig) -> Self {
        Self {
            id: 0,
            config,
            verified: true,
        }
    }

    /// One probe per event that is switched on. What Postmark puts into its probes is not documented.
    pub(super) fn probes(&self) -> Vec<WebhookCall> {
        let kinds = [
            EventKind::FirstOpen,
            EventKind::Click,
            EventKind::Delivery,
            EventKind::Bounce,
            EventKind::SpamComplaint,
            EventKind::SubscriptionChange,
        ];
        let probe = |kind: EventKind| json!({ "RecordType": kind.name(), "MessageStream": self.config.stream });
        kinds
            .into_iter()
            .filter(|kind| self.wants(*kind))
            .filter_map(|kind| self.call(kind, &probe(kind)))
            .collect()
    }

    fn wants(&self, kind: EventKind) -> bool {
        let triggers = &self.config.triggers;
        match kind {
            EventKind::Open => triggers.open && !triggers.first_open_only,
            EventKind::FirstOpen => triggers.open,
            EventKind::Click => triggers.click,
            EventKind::Delivery => triggers.delivery,
            EventKind::Bounce => triggers.bounce,
            EventKind::SpamComplaint => triggers.spam_complaint,
            EventKind::SubscriptionChange => triggers.subscription_change,
        }
    }

    fn call(&self, kind: EventKind, body: &Value) -> Option<WebhookCall> {
        Some(WebhookCall {
            url: http_url(&self.config.url)?,
            basic_auth: self.config.http_auth.clone(),
            headers: self.config.http_headers.clone(),
            event: kind.name(),
            body: Bytes::from(body.to_string()),
        })
    }
}

impl EventKind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Open | Self::FirstOpen => "Open",
            Self::Click => "Click",
            Self::Delivery => "Delivery",
            Self::Bounce => "Bounce",
            Self::SpamComplaint => "SpamComplaint",
            Self::SubscriptionChange => "SubscriptionChange",
        }
    }
}

/// An absolute http or https address.
pub(super) fn http_url(text: &str) -> Option<Url> {
    let url: Url = text.parse().ok()?;
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(url)
}
