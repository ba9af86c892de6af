//! The tables of functions that cross the boundary: the root module, the provider object, the host object.
//!
//! They grow at the tail and nowhere else. New methods of the traits go below the marked line and have a default body, which runs when
//! the other side is older; new fields of the root module go below `last_prefix_field`.

#![expect(
    non_local_definitions,
    reason = "abi_stable's sabi_trait puts its impls into a constant"
)]

use abi_stable::StableAbi;
use abi_stable::library::RootModule;
use abi_stable::sabi_trait;
use abi_stable::sabi_types::VersionStrings;
use abi_stable::std_types::{RArc, RBox, ROption, RResult, RStr, RString, RVec};
use async_ffi::FfiFuture;

use super::record::*;

/// An answer that may be a refusal.
pub type Answer<T> = RResult<T, ErrorRecord>;

/// What a callback says; nothing when it is of another form.
pub type Unsubscribes = ROption<RVec<UnsubscribeRecord>>;

/// A provider instance, as the host holds it.
#[sabi_trait]
pub trait ProviderObject: Send + Sync + 'static {
    /// What the instance can do.
    fn capabilities(&self) -> RVec<CapabilityRecord>;
    /// Sends one message.
    fn send(&self, message: Envelope, call: CallRecord) -> FfiFuture<Answer<ReceiptRecord>>;
    /// Sends several; as many answers, in the same order.
    fn send_batch(
        &self,
        messages: RVec<Envelope>,
        call: CallRecord,
    ) -> FfiFuture<RVec<Answer<ReceiptRecord>>>;
    /// Looks for messages; as many answers, in the same order.
    fn find_sent(
        &self,
        queries: RVec<QueryRecord>,
        call: CallRecord,
    ) -> FfiFuture<RVec<LookupRecord>>;
    /// Credentials, connection, account.
    fn check(&self, call: CallRecord) -> FfiFuture<Answer<CheckRecord>>;
    /// A webhook's events.
    fn parse_webhook(&self, request: RequestRecord) -> Answer<RVec<EventRecord>>;
    /// Lists or changes the service's suppression list.
    fn suppressions(
        &self,
        request: SuppressionRequestRecord,
        call: CallRecord,
    ) -> FfiFuture<Answer<SuppressionAnswerRecord>>;
    /// How the tag becomes a link.
    fn render_unsubscribe(&self, request: LinkRequestRecord) -> LinkRecord;
    /// A callback's unsubscribes; nothing when the callback is of another form.
    fn process_unsubscribe(&self, request: RequestRecord) -> Answer<Unsubscribes>;
    /// Finishes within the grace.
    #[sabi(last_prefix_field)]
    fn shutdown(&self, grace_ms: u64) -> FfiFuture<()>;
    // New methods of the provider object go here, each with a default body.
}

/// The host, as a plugin calls it.
#[sabi_trait]
pub trait HostObject: Send + Sync + 'static {
    /// Takes a log record. Must not block and must not unwind.
    #[sabi(last_prefix_field)]
    fn log(&self, record: LogRecord);
    // New methods of the host object go here, each with a default body.
}

/// An owned provider object.
pub type ProviderBox = ProviderObject_TO<RBox<()>>;
/// A shared host object.
pub type HostArc = HostObject_TO<RArc<()>>;

/// What a plugin library exports.
#[repr(C)]
#[derive(StableAbi)]
#[sabi(kind(Prefix(prefix_ref = PluginModuleRef, prefix_fields = PluginModulePrefix)))]
pub struct PluginModule {
    /// The JSON schema of the settings.
    pub settings_schema: extern "C" fn() -> Answer<RString>,
    /// Makes a provider instance from settings (JSON).
    #[sabi(last_prefix_field)]
    pub create: extern "C" fn(RStr<'_>, HostRecord, HostArc) -> Answer<ProviderBox>,
    // New fields of the root module go here.
}

impl RootModule for PluginModuleRef {
    abi_stable::declare_root_module_statics! {PluginModuleRef}
    const BASE_NAME: &'static str = "email_provider_plugin";
    const NAME: &'static str = "e-mail provider plugin";
    const VERSION_STRINGS: VersionStrings = abi_stable::package_version_strings!();
}
