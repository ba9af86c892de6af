//! A mail service on a local port, for tests and demonstrations.
//!
//! [`Simulator::start`] opens a real HTTP server that answers like Postmark or like SendGrid: same paths, same JSON, same
//! refusals, same webhooks. Beside the service's own surface every simulator has a few paths that only tests use:
//!
//! | path | does |
//! |---|---|
//! | `GET /ledger` | every accepted message, counts, and duplicates by TrackingId |
//! | `GET /mailbox/{address}` | the copies delivered to one person, with that person's unsubscribe link |
//! | `GET`, `POST /unsubscribe/{token}` | the page behind that link; only `POST` changes anything |
//! | `GET`, `POST`, `DELETE /_control/faults` | list, add, remove faults |
//! | `GET`, `POST /_control/clock` | read the clock; `{"advance_ms": 60000}` moves it |
//! | `POST /_control/events` | what a recipient does next: see [`Trigger`] |
//! | `GET`, `POST /_control/webhooks` | webhook attempts so far; `{"duplicate_rate": 0.5, "shuffle_within_ms": 200}` |
//!
//! These paths are never counted as requests and never meet a fault.
//!
//! ```
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! use plugin_testkit::simulator::{Fault, FaultRule, PostmarkConfig, Simulator, SimulatorConfig};
//!
//! let config = SimulatorConfig::postmark(PostmarkConfig::with_token("a-server-token"));
//! let simulator = Simulator::start(config).await?;
//! simulator.faults().add(FaultRule::new(Fault::Hang { accepted: true }).path("/email").times(1));
//! println!("send to {}", simulator.base_url());
//! assert_eq!(simulator.ledger().accepted(), 0);
//! simulator.shutdown().await;
//! # Ok::<(), plugin_testkit::simulator::StartError>(()) }).unwrap();
//! ```

mod clock;
mod config;
mod connection;
mod control;
mod cut;
mod exchange;
mod faults;
mod ledger;
mod link;
mod listener;
mod mailbox;
mod page;
mod postmark;
mod senders;
mod sendgrid;
mod server;
mod service;
mod start_error;
mod trigger;
mod webhooks;

pub use clock::Clock;
pub use config::{ServiceConfig, SimulatorConfig};
pub use faults::{Fault, FaultRule, FaultScript, Faults, InactiveWording, ScriptError, When};
pub use ledger::{Counts, Duplicate, Ledger, LedgerEntry};
pub use mailbox::{DeliveredAttachment, DeliveredCopy, DeliveredHeader};
pub use postmark::{
    AccountState, BounceType, PostmarkConfig, ServerConfig, StreamConfig, StreamType,
    TemplateConfig, Triggers, UnsubscribeHandling, WebhookConfig,
};
pub use senders::Senders;
pub use sendgrid::{
    ApiKeyConfig, DynamicTemplate, EventWebhookConfig, RateLimit, SendgridConfig, SendgridStanding,
    SigningKey, UnsubscribeGroup,
};
pub use server::{RunningSimulator, Simulator};
pub use start_error::StartError;
pub use trigger::{RecipientAction, Trigger, TriggerError};
pub use webhooks::{Disorder, WebhookAttempt, WebhookOutcome, WebhookTiming, Webhooks};
