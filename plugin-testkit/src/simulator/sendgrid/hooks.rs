//! Event webhooks: which events go where, signed or not, and how answers are read.

use std::sync::Arc;

use axum::http::StatusCode;

use super::Sendgrid;
use super::account::State;
use super::config::EventWebhookConfig;
use super::signature::SigningKey;
use crate::simulator::WebhookOutcome;
use crate::simulator::webhooks::{
    Attempt, Lane, LaneEvent, WebhookManner, WebhookTarget, http_url,
};

/// An event webhook as the account keeps it.
pub(super) struct Hook {
    pub(super) id: String,
    pub(super) config: EventWebhookConfig,
    pub(super) enabled: bool,
    lane: Arc<Lane>,
}

impl Hook {
    /// Nothing when the address is no http address.
    pub(super) fn new(config: EventWebhookConfig) -> Option<Self> {
        let manner = SendgridManner {
            key: config.signing_key.clone(),
            anew: config.signs_repeats_anew,
        };
        let target = WebhookTarget {
            url: http_url(&config.url)?,
            basic_auth: config.http_auth.clone(),
            headers: Vec::new(),
            manner: Arc::new(manner),
        };
        let lane = Arc::new(Lane::new(target, config.window, config.longest));
        Some(Self {
            id: uuid::Uuid::new_v4().to_string(),
            config,
            enabled: true,
            lane,
        })
    }

    /// The same webhook, set up otherwise; what is under way goes on as it was.
    pub(super) fn with(&self, config: EventWebhookConfig) -> Option<Self> {
        Some(Self {
            id: self.id.clone(),
            enabled: self.enabled,
            ..Self::new(config)?
        })
    }

    fn wants(&self, kind: &str) -> bool {
        let wanted = self.config.events.as_ref();
        self.enabled && wanted.is_none_or(|kinds| kinds.iter().any(|it| it == kind))
    }
}

impl Sendgrid {
    /// Posts events to every webhook that wants them.
    pub(super) fn fire(&self, state: &State, events: &[LaneEvent]) {
        for hook in &state.hooks {
            let wanted = events.iter().filter(|event| hook.wants(event.kind));
            let wanted: Vec<LaneEvent> = wanted.cloned().collect();
            if !wanted.is_empty() {
                self.webhooks.post_together(&hook.lane, wanted);
            }
        }
    }
}

/// SendGrid's headers and its reading of answers.
#[derive(Debug)]
struct SendgridManner {
    key: Option<SigningKey>,
    anew: bool,
}

impl WebhookManner for SendgridManner {
    fn headers(&self, attempt: &Attempt<'_>) -> Vec<(&'static str, String)> {
        let mut headers = vec![("User-Agent", "SendGrid Event API".to_owned())];
        if let Some(key) = &self.key {
            let at = if self.anew {
                attempt.at
            } else {
                attempt.first_at
            };
            let timestamp = at.as_second().to_string();
            let signature = key.sign(&timestamp, attempt.body);
            headers.push(("X-Twilio-Email-Event-Webhook-Signature", signature));
            headers.push(("X-Twilio-Email-Event-Webhook-Timestamp", timestamp));
        }
        headers
    }

    /// 2xx is taken, everything else tried again.
    fn outcome(&self, status: StatusCode) -> WebhookOutcome {
        let number = status.as_u16();
        match number {
            200..=299 => WebhookOutcome::Delivered { status: number },
            _ => WebhookOutcome::Retried { status: number },
        }
    }
}
