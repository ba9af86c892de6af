//! The engine a host embeds: load provider plugins, route, deliver, record, obey Do Not Contact.
//!
//! ```no_run
//! use plugin_host::{DeliveryConfig, FlagScope, Host, HostConfig, LoaderConfig, ProviderConfig, Submission};
//! # async fn run(message: plugin_api::Message, routes: Vec<plugin_host::Route>) -> Result<(), Box<dyn std::error::Error>> {
//! let mut plugins = LoaderConfig::new("plugin-copies");
//! plugins.directories.push("plugins".into());
//! let settings = serde_json::json!({ "server_token": std::env::var("POSTMARK_SERVER_TOKEN")? });
//! let host = Host::start(HostConfig {
//!     store: "mail.db".into(),
//!     plugins,
//!     providers: vec![ProviderConfig::new("postmark-main", "postmark", settings)],
//!     routes,
//!     delivery: DeliveryConfig::default(),
//!     flag_scope: FlagScope::Account,
//! }).await?;
//! for outcome in host.accept(vec![Submission { message, send_at: None }]).await {
//!     println!("accepted as {}", outcome?.tracking_id);
//! }
//! # Ok(()) }
//! ```

mod clock;
mod compliance;
mod config;
mod delivery;
mod events;
mod host;
mod kill_point;
mod plugins;
mod routing;
mod store;
mod telemetry;

pub use compliance::{
    AccountKey, ActiveFlag, Addressees, Contact, ContactAddress, ContactState, Flag, FlagChange,
    FlagChangeFault, FlagFilter, FlagOrigin, FlagOutcome, FlagReason, FlagScope, FlagSource,
    GateRecipient, GateVerdict, LeadKey, Masked, Notice, RecipientKind, Standing, StopCause,
    UnknownReason, UnsubscribeAnswer, UnsubscribeError, Waived, Word, gate, notices,
};
pub use events::{
    RecipientStatus, StatusSince, UnknownStatus, WebhookAnswer, WebhookFault, status_of,
};

pub use plugins::{
    ContentHash, ContentHashError, FileFault, HostProfile, KeyId, LibraryFault, LoadedPlugin,
    LoaderConfig, LockEntry, PluginError, PluginFile, PluginIdentity, PluginLoader, PluginLock,
    PluginSignature, ProviderInstance, ProviderSpec, Refused, Registry, SignatureFault, Trust,
    TrustedKey, TrustedKeyError,
};
pub use routing::{
    AddressKey, CallScope, CandidateState, Credit, Decision, DecisionInputs, Digest, ExactState,
    Failure, FailureKind, Health, HealthBook, HealthKey, HealthPolicy, HealthRecord,
    HealthSnapshot, HealthState, InDoubtPolicy, Onward, Outcome, PoolEntry, Ranked, RefusedScope,
    RestReason, Route, RouteFault, RouteMatch, RouteSnapshot, RoutingInput, Scheme, Scope,
    SkipReason, StickyBy, Strategy, TooLarge, Tried, Verdict, Weight, WeightError, decide,
    pick_route,
};

pub use config::{DeliveryConfig, HostConfig, ProviderConfig};
pub use delivery::{
    Backoff, MessageState, ReconcileConfig, Resolution, ResolveOutcome, UnknownState,
};
pub use host::{
    AcceptError, Accepted, CancelOutcome, FlagError, Host, PauseError, ProviderStatus, Readiness,
    Record, RefusedProvider, StartError, Submission,
};
pub use store::{
    AttemptView, Backlog, Balance, FeedEvent, MessageFilter, MessageKey, MessagePage,
    MessageSummary, MessageView, Pause, PauseSubject, ProviderTotal, RecipientView, StateTotal,
    StoreError, StoredDecision, Tally, TimelineEntry, Totals, UnknownSubject,
};
