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
//!
//! # SendGrid
//!
//! [`SimulatorConfig::sendgrid`] takes an account: keys with their scopes, unsubscribe groups, dynamic templates, event webhooks.
//! Served are:
//!
//! | path | does |
//! |---|---|
//! | `POST /v3/mail/send` | sends; sandbox mode, personalizations, templates, `send_at`; every problem named by its field's path |
//! | `GET /v3/scopes`, `/v3/user/{username,account,profile}` | who the key belongs to and what it may do |
//! | `GET /v3/messages`, `/v3/messages/{msg_id}` | the Email Activity search, for accounts that have bought it |
//! | `/v3/suppression/{bounces,blocks,invalid_emails,spam_reports,unsubscribes}` | the account's lists |
//! | `/v3/asm/groups`, `/v3/asm/suppressions` | unsubscribe groups, who left them, the global list |
//! | `/v3/user/webhooks/event/settings` | event webhooks and their signing keys |
//! | `GET /v3/templates` | dynamic templates |
//!
//! Each personalization is one mail in the ledger, all under the `X-Message-Id` of their request. Mail to `…@sink.sendgrid.net` is
//! delivered to nobody; `bounce`, `blocked`, `deferred`, `invalid` and `spamreport` at `event-testing.sendgrid.net` meet what they
//! are called. What nobody has documented of refusals is taken; the text of a refusal that no source has is of our making. Legacy
//! templates, subusers, schedules that are cancelled, statistics, OAuth on webhooks and the mail's tracking pixels are not there.
//!
//! ```
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! use plugin_testkit::simulator::{EventWebhookConfig, SendgridConfig, SigningKey, Simulator, SimulatorConfig};
//!
//! let key = SigningKey::generate();
//! let hook = EventWebhookConfig::new("http://127.0.0.1:8025/webhooks/sendgrid-main").signed_with(key.clone());
//! let account = SendgridConfig::with_key("SG.an-id.a-secret").webhook(hook);
//! let simulator = Simulator::start(SimulatorConfig::sendgrid(account)).await?;
//! println!("send to {}, verify with {}", simulator.base_url(), key.public_key());
//! # Ok::<(), plugin_testkit::simulator::StartError>(()) }).unwrap();
//! ```

mod clock;
mod config;
mod connection;
mod control;
mod cut;
mod exchange;
mod faults;
mod html;
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
