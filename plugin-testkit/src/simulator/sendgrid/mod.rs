//! SendGrid, by its public documentation, OpenAPI files and official clients. Where nothing is said of what the service refuses, the
//! simulator takes the request; the text of a refusal that no source has is of our making.

mod account;
mod activity;
mod acts;
mod answer;
mod caller;
mod config;
mod delivery;
mod event;
mod hooks;
mod limiter;
mod lists;
mod mailbox;
mod message;
mod page;
mod reader;
mod send;
mod signature;
mod suppressions;
mod template_routes;
mod templates;
mod unsubscribe;
mod user;
mod webhook_routes;

pub use config::{
    ApiKeyConfig, DynamicTemplate, EventWebhookConfig, RateLimit, SendgridConfig, SendgridStanding,
    UnsubscribeGroup,
};
pub use signature::SigningKey;

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::Value;

use super::clock::Clock;
use super::faults::{Fault, MessageFacts};
use super::ledger::Ledger;
use super::mailbox::DeliveredCopy;
use super::senders::Senders;
use super::service::{Service, lock};
use super::start_error::StartError;
use super::trigger::{Trigger, TriggerError};
use super::webhooks::Webhooks;
use account::{Group, State};
use answer::Refusal;
use hooks::Hook;
use limiter::Limiter;
use templates::Templates;

/// A SendGrid account at work.
pub(super) struct Sendgrid {
    username: String,
    user_id: u64,
    keys: Vec<Arc<ApiKeyConfig>>,
    standing: SendgridStanding,
    senders: Senders,
    templates: Templates,
    email_activity: Option<Duration>,
    rate_limit: Option<Limiter>,
    search_limit: Option<Limiter>,
    track_opens: bool,
    track_clicks: bool,
    public_url: String,
    clock: Clock,
    ledger: Arc<Ledger>,
    webhooks: Webhooks,
    state: Mutex<State>,
}

impl Sendgrid {
    pub(super) fn new(
        config: SendgridConfig,
        public_url: String,
        clock: Clock,
        ledger: Arc<Ledger>,
        webhooks: Webhooks,
    ) -> Result<Self, StartError> {
        check_keys(&config.keys)?;
        let mut state = State::default();
        for group in &config.groups {
            state.groups.push(Group::configured(group));
        }
        for hook in config.webhooks {
            let problem = format!("is no http address: `{}`", hook.url);
            let hook =
                Hook::new(hook).ok_or_else(|| StartError::setting("webhooks.url", problem))?;
            state.hooks.push(hook);
        }
        Ok(Self {
            username: config.username,
            user_id: config.user_id,
            keys: config.keys.into_iter().map(Arc::new).collect(),
            standing: config.standing,
            senders: config.senders,
            templates: Templates::read(config.templates)?,
            email_activity: config.email_activity,
            rate_limit: config.rate_limit.map(Limiter::new),
            search_limit: config.search_limit.map(Limiter::new),
            track_opens: config.track_opens,
            track_clicks: config.track_clicks,
            public_url,
            clock,
            ledger,
            webhooks,
            state: Mutex::new(state),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

impl Service for Sendgrid {
    fn api(self: Arc<Self>) -> Router {
        Router::new()
            .route("/v3/mail/send", post(send::send))
            .route("/v3/scopes", get(user::scopes))
            .route("/v3/user/username", get(user::username))
            .route("/v3/user/account", get(user::account))
            .route("/v3/user/profile", get(user::profile))
            .route("/v3/messages", get(activity::search))
            .route("/v3/messages/{id}", get(activity::one))
            .route("/v3/templates", get(template_routes::all))
            .route("/v3/templates/{id}", get(template_routes::one))
            .merge(suppressions::routes())
            .merge(webhook_routes::routes())
            .fallback(|| async { Refusal::not_found() })
            .method_not_allowed_fallback(|| async { Refusal::method_not_allowed() })
            .layer(from_fn_with_state(Arc::clone(&self), limiter::limit))
            .layer(DefaultBodyLimit::disable())
            .with_state(self)
    }

    fn pages(self: Arc<Self>) -> Router {
        Router::new()
            .route("/unsubscribe/{token}", get(page::show).post(page::act))
            .with_state(self)
    }

    /// Without a slash at the end, which the official clients never write.
    fn canonical_path(&self, path: &str) -> String {
        match path.strip_suffix('/').unwrap_or(path) {
            "" => "/".to_owned(),
            path => path.to_owned(),
        }
    }

    fn facts(&self, body: &[u8]) -> Vec<MessageFacts> {
        let request: Value = serde_json::from_slice(body).unwrap_or_default();
        let personalizations = request["personalizations"].as_array();
        let all = personalizations.map(Vec::as_slice).unwrap_or_default();
        all.iter().map(|own| facts_of(&request, own)).collect()
    }

    fn refusal(&self, fault: &Fault) -> Response {
        match fault {
            Fault::Throttled { retry_after_secs } => throttled(*retry_after_secs),
            Fault::Maintenance {} => Refusal::unavailable().into_response(),
            Fault::Unauthorized {} => Refusal::unauthorized().into_response(),
            _ => Refusal::server_error().into_response(),
        }
    }

    fn too_large(&self) -> Response {
        Refusal::too_large().into_response()
    }

    fn mailbox(&self, address: &str) -> Vec<DeliveredCopy> {
        self.delivered_to(address)
    }

    fn trigger(&self, trigger: &Trigger) -> Result<(), TriggerError> {
        self.act(trigger)
    }
}

/// An id without a dot, as ids of requests and events are.
fn new_id() -> String {
    URL_SAFE_NO_PAD.encode(uuid::Uuid::new_v4().as_bytes())
}

/// Whoever waits does so in real time, so the moment is one of real time, whatever the simulator's clock shows.
fn throttled(seconds: Option<u64>) -> Response {
    let Some(seconds) = seconds else {
        return Refusal::throttled().into_response();
    };
    let reset = Timestamp::now()
        .as_second()
        .saturating_add_unsigned(seconds);
    let headers = [
        ("X-RateLimit-Limit", "600".to_owned()),
        ("X-RateLimit-Remaining", "0".to_owned()),
        ("X-RateLimit-Reset", reset.to_string()),
    ];
    (headers, Refusal::throttled()).into_response()
}

fn check_keys(keys: &[ApiKeyConfig]) -> Result<(), StartError> {
    let mut seen = HashSet::new();
    for key in keys {
        if key.key.trim().is_empty() {
            return Err(StartError::setting("keys.key", "must not be empty"));
        }
        if !seen.insert(&key.key) {
            let problem = "must be different for each key";
            return Err(StartError::setting("keys.key", problem));
        }
    }
    Ok(())
}

impl Group {
    fn configured(group: &UnsubscribeGroup) -> Self {
        Self {
            id: group.id,
            name: group.name.clone(),
            description: String::new(),
            is_default: false,
            members: BTreeMap::new(),
        }
    }
}

fn facts_of(request: &Value, own: &Value) -> MessageFacts {
    let people = ["to", "cc", "bcc"].into_iter().flat_map(|field| {
        let list = own[field].as_array().map(Vec::as_slice);
        list.unwrap_or_default()
            .iter()
            .filter_map(|it| it["email"].as_str())
    });
    let tracking = [&own["custom_args"], &request["custom_args"]]
        .into_iter()
        .filter_map(Value::as_object)
        .flatten()
        .find(|(name, _)| name.eq_ignore_ascii_case("TrackingId"));
    let subject = own["subject"].as_str().or(request["subject"].as_str());
    MessageFacts {
        recipients: people.collect::<Vec<_>>().join(","),
        subject: subject.unwrap_or_default().to_owned(),
        tag: request["categories"][0]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
        tracking_id: tracking
            .and_then(|(_, value)| value.as_str())
            .unwrap_or_default()
            .to_owned(),
    }
}
