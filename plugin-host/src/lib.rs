//! Placeholder.

mod compliance;
mod delivery;
mod events;
mod plugins;
mod routing;
mod store;

pub use compliance::{
    AccountKey, ActiveFlag, ContactAddress, FlagReason, GateRecipient, GateVerdict, LeadKey,
    Masked, RecipientKind, Standing, StopCause, UnknownReason, Waived, Word, gate,
};
pub use events::{RecipientStatus, StatusSince, UnknownStatus, status_of};

pub use plugins::{
    ContentHash, ContentHashError, FileFault, HostProfile, LibraryFault, LoadedPlugin,
    LoaderConfig, LockEntry, PluginError, PluginFile, PluginIdentity, PluginLoader, PluginLock,
    ProviderInstance, ProviderSpec, Refused, Registry, Trust,
};
pub use routing::{
    AddressKey, CallScope, CandidateState, Credit, Decision, DecisionInputs, Digest, ExactState,
    Failure, FailureKind, Health, HealthBook, HealthKey, HealthPolicy, HealthRecord,
    HealthSnapshot, HealthState, InDoubtPolicy, Onward, Outcome, PoolEntry, Ranked, RefusedScope,
    RestReason, Route, RouteFault, RouteMatch, RouteSnapshot, RoutingInput, Scheme, Scope,
    SkipReason, StickyBy, Strategy, TooLarge, Tried, Verdict, Weight, WeightError, decide,
    pick_route,
};

pub use delivery::{Backoff, MessageState, UnknownState};
pub use store::{
    AttemptView, FeedEvent, MessageFilter, MessageKey, MessagePage, MessageSummary, MessageView,
    ProviderTotal, RecipientView, SqliteStore, StateTotal, StoreError, StoredDecision,
    TimelineEntry, Totals,
};
