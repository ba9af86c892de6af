//! Webhooks of a server: which events go where, and posting them.

use std::sync::Arc;

use axum::body::Bytes;
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::Postmark;
use super::account::State;
use super::config::{Triggers, WebhookConfig};
use crate::simulator::WebhookOutcome;
use crate::simulator::webhooks::{Attempt, WebhookCall, WebhookManner, WebhookTarget, http_url};

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
        let target = WebhookTarget {
            url: http_url(&self.config.url)?,
            basic_auth: self.config.http_auth.clone(),
            headers: self.config.http_headers.clone(),
            manner: Arc::new(PostmarkManner),
        };
        Some(WebhookCall {
            target,
            event: kind.name().to_owned(),
            body: Bytes::from(body.to_string()),
        })
    }
}

/// Postmark's headers and its reading of answers.
#[derive(Debug)]
struct PostmarkManner;

impl WebhookManner for PostmarkManner {
    fn headers(&self, attempt: &Attempt<'_>) -> Vec<(&'static str, String)> {
        vec![
            ("User-Agent", "Postmark".to_owned()),
            ("Accept-Encoding", "gzip, deflate".to_owned()),
            ("Expect", "100-continue".to_owned()),
            ("X-PM-Webhook-Trace-Id", attempt.trace_id.to_owned()),
            (
                "X-PM-Retries-Remaining",
                attempt.retries_remaining.to_string(),
            ),
        ]
    }

    /// 2xx is taken; 408, 429, 5xx and a bare redirect are tried again; every other 4xx loses the event.
    fn outcome(&self, status: StatusCode) -> WebhookOutcome {
        let number = status.as_u16();
        match number {
            200..=299 => WebhookOutcome::Delivered { status: number },
            408 | 429 => WebhookOutcome::Retried { status: number },
            400..=499 => WebhookOutcome::Dropped { status: number },
            _ => WebhookOutcome::Retried { status: number },
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_408_429_5xx_and_redirects_are_tried_again() {
        let retried = |status| {
            matches!(
                PostmarkManner.outcome(StatusCode::from_u16(status).unwrap()),
                WebhookOutcome::Retried { .. }
            )
        };
        assert!([302, 408, 429, 500, 503].into_iter().all(retried));
        assert!(
            ![200, 204, 400, 401, 403, 404, 405, 410, 422]
                .into_iter()
                .any(retried)
        );
    }
}
