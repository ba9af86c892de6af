//! Postmark, by its public documentation and published captures. Where neither says anything, the simulator takes the
//! stricter reading, and the text of a refusal is of our making.

mod account;
mod address;
mod answer;
mod attachment;
mod bounce_type;
mod bounces;
mod caller;
mod config;
mod content;
mod delivery;
mod email;
mod event;
mod fields;
mod hooks;
mod limits;
mod mailbox;
mod message;
mod mustachio;
mod page;
mod params;
mod paths;
mod recipients;
mod search;
mod send;
mod source;
mod streams;
mod suppressions;
mod template_routes;
mod templates;
mod time;
mod unsubscribe;
mod webhook_routes;

pub use bounce_type::BounceType;
pub use config::{
    AccountState, PostmarkConfig, ServerConfig, StreamConfig, StreamType, TemplateConfig, Triggers,
    UnsubscribeHandling, WebhookConfig,
};

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post, put};
use serde_json::Value;

use super::clock::Clock;
use super::faults::{Fault, InactiveWording, MessageFacts};
use super::ledger::Ledger;
use super::mailbox::DeliveredCopy;
use super::senders::Senders;
use super::service::Service;
use super::start_error::StartError;
use super::trigger::{Trigger, TriggerError};
use super::webhooks::{Webhooks, http_url};
use account::Server;
use answer::ApiError;

const TEST_TOKEN: &str = "POSTMARK_API_TEST";
const FIRST_SERVER_ID: u64 = 4711;
const FIRST_BOUNCE_ID: u64 = 901_542_077;

/// A Postmark account at work.
pub(super) struct Postmark {
    /// The configured ones, and last the one behind the test token.
    servers: Vec<Arc<Server>>,
    senders: Senders,
    indexing_delay: Duration,
    inactive_wording: Option<InactiveWording>,
    public_url: String,
    clock: Clock,
    ledger: Arc<Ledger>,
    webhooks: Webhooks,
    next_bounce: AtomicU64,
}

impl Postmark {
    pub(super) fn new(
        config: PostmarkConfig,
        public_url: String,
        clock: Clock,
        ledger: Arc<Ledger>,
        webhooks: Webhooks,
    ) -> Result<Self, StartError> {
        check(&config.servers)?;
        let now = clock.now();
        let mut test_server = ServerConfig::new(TEST_TOKEN);
        test_server.name = "test token".into();
        let test_server = (test_server, true);
        let configured = config
            .servers
            .into_iter()
            .map(|server| (server, false))
            .chain([test_server]);
        let servers = configured
            .zip(FIRST_SERVER_ID..)
            .map(|((server, test), id)| Arc::new(Server::new(id, server, test, now)))
            .collect();
        Ok(Self {
            servers,
            senders: config.senders,
            indexing_delay: config.indexing_delay,
            inactive_wording: config.inactive_wording,
            public_url,
            clock,
            ledger,
            webhooks,
            next_bounce: AtomicU64::new(FIRST_BOUNCE_ID),
        })
    }

    fn servers(&self) -> impl Iterator<Item = &Arc<Server>> {
        self.servers.iter()
    }

    /// The server whose token the request carries; header name and value in any letter case.
    fn server_of(&self, headers: &HeaderMap) -> Option<Arc<Server>> {
        let token = headers
            .get("X-Postmark-Server-Token")?
            .to_str()
            .ok()?
            .trim();
        self.servers()
            .find(|server| server.token.eq_ignore_ascii_case(token))
            .cloned()
    }
}

impl Service for Postmark {
    fn api(self: Arc<Self>) -> Router {
        Router::new()
            .route("/email", post(email::single))
            .route("/email/batch", post(email::batch))
            .route("/email/withTemplate", post(email::with_template))
            .route(
                "/email/batchWithTemplates",
                post(email::batch_with_templates),
            )
            .route(
                "/templates",
                get(template_routes::list).post(template_routes::create),
            )
            .route("/templates/validate", post(template_routes::validate))
            .route(
                "/templates/{key}",
                get(template_routes::get)
                    .put(template_routes::edit)
                    .delete(template_routes::delete),
            )
            .route("/messages/outbound", get(search::outbound))
            .route("/messages/outbound/{id}/details", get(search::details))
            .route("/messages/outbound/{id}/dump", get(search::dump))
            .route("/bounces", get(bounces::list))
            .route("/bounces/{id}", get(bounces::get))
            .route("/bounces/{id}/dump", get(bounces::raw))
            .route("/bounces/{id}/activate", put(bounces::activate))
            .route("/deliverystats", get(bounces::stats))
            .route("/server", get(streams::server))
            .route("/message-streams", get(streams::list))
            .route("/message-streams/{id}", get(streams::get))
            .route(
                "/message-streams/{id}/suppressions/dump",
                get(suppressions::dump),
            )
            .route(
                "/message-streams/{id}/suppressions",
                post(suppressions::add),
            )
            .route(
                "/message-streams/{id}/suppressions/delete",
                post(suppressions::delete),
            )
            .route(
                "/webhooks",
                get(webhook_routes::list).post(webhook_routes::create),
            )
            .route(
                "/webhooks/{id}",
                get(webhook_routes::get)
                    .put(webhook_routes::edit)
                    .delete(webhook_routes::delete),
            )
            .route("/webhooks/{id}/verify", post(webhook_routes::verify))
            .fallback(|| async { ApiError::no_such_route() })
            .method_not_allowed_fallback(|| async { ApiError::method_not_allowed() })
            .layer(DefaultBodyLimit::disable())
            .with_state(self)
    }

    fn pages(self: Arc<Self>) -> Router {
        Router::new()
            .route("/unsubscribe/{token}", get(page::show).post(page::act))
            .with_state(self)
    }

    fn canonical_path(&self, path: &str) -> String {
        paths::canonical(path)
    }

    fn facts(&self, body: &[u8]) -> Vec<MessageFacts> {
        let messages = match serde_json::from_slice(body) {
            Ok(Value::Array(items)) => items,
            Ok(Value::Object(mut object)) => match object.remove("Messages") {
                Some(Value::Array(items)) => items,
                _ => vec![Value::Object(object)],
            },
            _ => Vec::new(),
        };
        messages.iter().map(facts_of).collect()
    }

    fn refusal(&self, fault: &Fault) -> Response {
        match fault {
            Fault::Throttled {
                retry_after_secs: Some(seconds),
            } => (
                [("Retry-After", seconds.to_string())],
                ApiError::throttled(),
            )
                .into_response(),
            Fault::Throttled {
                retry_after_secs: None,
            } => ApiError::throttled().into_response(),
            Fault::Maintenance {} => ApiError::maintenance().into_response(),
            Fault::Unauthorized {} => ApiError::unauthorized().into_response(),
            _ => ApiError::server_error().into_response(),
        }
    }

    fn too_large(&self) -> Response {
        ApiError::too_large(limits::LARGEST_BATCH).into_response()
    }

    fn mailbox(&self, address: &str) -> Vec<DeliveredCopy> {
        self.delivered_to(address)
    }

    fn trigger(&self, trigger: &Trigger) -> Result<(), TriggerError> {
        self.act(trigger)
    }
}

fn check(servers: &[ServerConfig]) -> Result<(), StartError> {
    let mut tokens = HashSet::new();
    for server in servers {
        if server.token.trim().is_empty() || server.token.eq_ignore_ascii_case(TEST_TOKEN) {
            return Err(StartError::setting(
                "servers.token",
                "must not be empty or Postmark's test token",
            ));
        }
        if !tokens.insert(server.token.to_ascii_lowercase()) {
            return Err(StartError::setting(
                "servers.token",
                "must be different for each server",
            ));
        }
        if let Some(hook) = server
            .webhooks
            .iter()
            .find(|hook| http_url(&hook.url).is_none())
        {
            return Err(StartError::setting(
                "servers.webhooks.url",
                format!("is no http address: `{}`", hook.url),
            ));
        }
        for hook in &server.webhooks {
            if !server.streams.iter().any(|stream| stream.id == hook.stream) {
                let problem = format!("names a stream the server does not have: `{}`", hook.stream);
                return Err(StartError::setting("servers.webhooks.stream", problem));
            }
        }
    }
    Ok(())
}

fn facts_of(message: &Value) -> MessageFacts {
    let text = |field: &str| message[field].as_str().unwrap_or_default();
    let metadata = message["Metadata"].as_object();
    let tracking = metadata.and_then(|it| {
        it.iter()
            .find(|(key, _)| key.eq_ignore_ascii_case("TrackingId"))
    });
    MessageFacts {
        recipients: [text("To"), text("Cc"), text("Bcc")].join(","),
        subject: text("Subject").to_owned(),
        tag: text("Tag").to_owned(),
        tracking_id: tracking
            .and_then(|(_, value)| value.as_str())
            .unwrap_or_default()
            .to_owned(),
    }
}
