//! The host's side of the boundary: a loaded library behind the same traits its author implemented.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use abi_stable::StableAbi;
use abi_stable::abi_stability::abi_checking::check_layout_compatibility;
use abi_stable::library::{AbiHeaderRef, LibHeader};
use abi_stable::sabi_trait::TD_Opaque;
use abi_stable::std_types::{RArc, RStr, RString, RVec};
use async_ffi::FfiFuture;
use async_trait::async_trait;

use super::adapter::{ADD, LIST, REMOVE};
use super::record::*;
use super::runtime::guard;
use super::table::{Answer, HostObject, HostObject_TO, PluginModuleRef, ProviderBox};
use crate::{
    CallContext, Capabilities, CheckReport, CreateError, EmailProvider, Event, Lookup, Message,
    Receipt, RefusalScope, SendError, SentQuery, SuppressionChange, SuppressionPage, Unsubscribe,
    UnsubscribeHandler, UnsubscribeLink, WebhookError, WebhookRequest,
};

/// How long after the hard deadline the host stops waiting for a plugin that does not keep it.
const BACKSTOP: Duration = Duration::from_millis(50);

/// Where a plugin's log records go.
pub trait HostLog: Send + Sync + 'static {
    /// Takes one record. Called from the plugin's threads; must not block.
    fn log(&self, level: LogLevel, target: &str, message: &str);
}

/// How important a log record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// Something failed.
    Error,
    /// Something is not as it should be.
    Warn,
    /// What an operator may want to know.
    Info,
    /// What a developer may want to know.
    Debug,
    /// Everything.
    Trace,
}

impl LogLevel {
    fn number(self) -> u32 {
        match self {
            Self::Error => 1,
            Self::Warn => 2,
            Self::Info => 3,
            Self::Debug => 4,
            Self::Trace => 5,
        }
    }

    fn from_number(number: u32) -> Self {
        match number {
            0 | 1 => Self::Error,
            2 => Self::Warn,
            3 => Self::Info,
            4 => Self::Debug,
            _ => Self::Trace,
        }
    }
}

/// Why a library that was opened cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The header is not one this host can read.
    #[error("its header is not of this ABI ({0})")]
    Header(String),
    /// The tables or frozen structs differ in both directions.
    #[error("its layout differs: {summary}")]
    Layout {
        /// The innermost difference, on one line.
        summary: String,
        /// The complete comparison.
        report: LayoutReport,
    },
    /// The library's own start-up failed.
    #[error("its root module did not start ({0})")]
    Start(String),
}

/// The complete comparison of two layouts: tens of kilobytes, which `Debug` does not show.
pub struct LayoutReport(String);

impl LayoutReport {
    /// The text, for a file.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for LayoutReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "({} bytes)", self.0.len())
    }
}

/// A library whose ABI has been checked, ready to make provider instances.
#[derive(Clone, Copy)]
pub struct ForeignModule {
    module: PluginModuleRef,
}

impl ForeignModule {
    /// Checks the header found under the library's root symbol, and starts the library.
    ///
    /// The layout check passes when either side is a grown version of the other: tables grow at the tail only.
    ///
    /// # Errors
    /// When the library was built for another ABI, or its start-up failed.
    pub fn open(header: AbiHeaderRef) -> Result<Self, OpenError> {
        let header = header
            .upgrade()
            .map_err(|error| OpenError::Header(first_line(&error.to_string())))?;
        check_layout(header)?;
        // SAFETY: the layout was compared just now, in one direction or the other.
        let module = unsafe { header.unchecked_layout::<PluginModuleRef>() };
        let module = module.map_err(|error| OpenError::Start(first_line(&error.to_string())))?;
        Ok(Self { module })
    }

    /// The JSON schema of the plugin's settings.
    ///
    /// # Errors
    /// When the plugin panicked.
    pub fn settings_schema(&self) -> Result<String, CreateError> {
        let answer = self.module.settings_schema()();
        answer
            .into_result()
            .map(RString::into_string)
            .map_err(Into::into)
    }

    /// Makes a provider instance. Blocks as long as the plugin's constructor does: call it from a thread that may wait.
    ///
    /// `settings` is a JSON object; `provider` names the instance in logs and thread names; records above `max_level` are not logged.
    ///
    /// # Errors
    /// When the settings are refused, or the constructor panicked.
    pub fn create(
        &self,
        settings: &str,
        provider: &str,
        host_version: &str,
        max_level: LogLevel,
        log: Arc<dyn HostLog>,
    ) -> Result<ForeignProvider, CreateError> {
        let host = HostRecord {
            provider: provider.into(),
            version: host_version.into(),
            max_level: max_level.number(),
            extensions: RVec::new(),
        };
        let log = HostObject_TO::from_ptr(RArc::new(Logger(log)), TD_Opaque);
        let object = self.module.create()(RStr::from(settings), host, log).into_result()?;
        let capabilities = object.capabilities().into();
        Ok(ForeignProvider {
            object,
            capabilities,
        })
    }
}

fn check_layout(header: &LibHeader) -> Result<(), OpenError> {
    let ours = <PluginModuleRef as StableAbi>::LAYOUT;
    let Some(theirs) = header.layout() else {
        return Err(OpenError::Header("it carries no layout".to_owned()));
    };
    let Err(newer) = check_layout_compatibility(ours, theirs) else {
        return Ok(());
    };
    // abi_stable refuses a plugin that is older than the host, though it only lacks what stands at the tail.
    if check_layout_compatibility(theirs, ours).is_ok() {
        return Ok(());
    }
    let report = newer.to_string();
    Err(OpenError::Layout {
        summary: last_stanza(&report),
        report: LayoutReport(report),
    })
}

fn first_line(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty());
    line.unwrap_or_default().to_owned()
}

/// The report goes from the outside in; its last stanza names the difference itself.
fn last_stanza(report: &str) -> String {
    let lines: Vec<&str> = report
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let start = lines
        .iter()
        .rposition(|line| {
            line.starts_with("Error:") || line.contains("incompatible") || line.contains("too many")
        })
        .unwrap_or(lines.len().saturating_sub(3));
    lines[start..]
        .iter()
        .take(5)
        .copied()
        .collect::<Vec<_>>()
        .join(" ")
}

struct Logger(Arc<dyn HostLog>);

impl HostObject for Logger {
    fn log(&self, record: LogRecord) {
        let level = LogLevel::from_number(record.level);
        // A panic in the host's log must not unwind into the plugin.
        let _ = guard(|| self.0.log(level, &record.target, &record.message));
    }
}

/// A provider instance made by a loaded library.
///
/// Its calls keep their deadlines even if the plugin does not, and a panic anywhere in the plugin is an error like any other. Needs a
/// tokio runtime with timers around its asynchronous calls. Dropping it ends the instance's runtime without waiting; see
/// [`ForeignProvider::shutdown`].
pub struct ForeignProvider {
    object: ProviderBox,
    capabilities: Capabilities,
}

/// The plugin did not keep the boundary's rules for a call.
struct Broken(String);

impl ForeignProvider {
    /// Tells the plugin to finish; returns when it has, or after the grace.
    pub async fn shutdown(&self, grace: Duration) {
        let grace_ms = u64::try_from(grace.as_millis()).unwrap_or(u64::MAX);
        let stopped = self.object.shutdown(grace_ms);
        // Whatever happened, the instance is dropped next.
        let _ = finish(grace, stopped).await;
    }

    async fn suppressions<T: From<SuppressionAnswerRecord>>(
        &self,
        operation: u32,
        stream: Option<String>,
        cursor: Option<String>,
        addresses: &[String],
        context: &CallContext,
    ) -> Result<T, SendError> {
        let request = SuppressionRequestRecord {
            operation,
            stream: stream.map(RString::from).into(),
            cursor: cursor.map(RString::from).into(),
            addresses: addresses
                .iter()
                .map(|address| address.as_str().into())
                .collect(),
            extensions: RVec::new(),
        };
        let answer = self.object.suppressions(request, context.into());
        settle(finish(context.hard_remaining(), answer).await).map(Into::into)
    }
}

#[async_trait]
impl EmailProvider for ForeignProvider {
    fn capabilities(&self) -> Capabilities {
        self.capabilities.clone()
    }

    async fn send(&self, message: &Message, context: &CallContext) -> Result<Receipt, SendError> {
        let answer = self.object.send(message.envelope.clone(), context.into());
        settle(finish(context.hard_remaining(), answer).await).map(Into::into)
    }

    async fn send_batch(
        &self,
        messages: &[Message],
        context: &CallContext,
    ) -> Vec<Result<Receipt, SendError>> {
        let envelopes = messages
            .iter()
            .map(|message| message.envelope.clone())
            .collect();
        let answers = self.object.send_batch(envelopes, context.into());
        match finish(context.hard_remaining(), answers).await {
            Ok(answers) => answers
                .into_iter()
                .map(|answer| answer.into_result().map(Into::into).map_err(Into::into))
                .chain(std::iter::repeat_with(|| {
                    Err(SendError::in_doubt(
                        "the plugin gave fewer results than messages",
                    ))
                }))
                .take(messages.len())
                .collect(),
            Err(Broken(why)) => messages
                .iter()
                .map(|_| Err(SendError::in_doubt(why.clone())))
                .collect(),
        }
    }

    async fn find_sent(&self, queries: &[SentQuery], context: &CallContext) -> Vec<Lookup> {
        let records = queries.iter().map(QueryRecord::from).collect();
        let answers = self.object.find_sent(records, context.into());
        let (found, missing) = match finish(context.hard_remaining(), answers).await {
            Ok(found) => (
                found,
                "the plugin gave fewer answers than it was asked for".to_owned(),
            ),
            Err(Broken(why)) => (RVec::new(), why),
        };
        found
            .into_iter()
            .map(Lookup::from)
            .chain(std::iter::repeat_with(|| Lookup::unknown(missing.clone())))
            .take(queries.len())
            .collect()
    }

    async fn check(&self, context: &CallContext) -> Result<CheckReport, SendError> {
        let answer = self.object.check(context.into());
        match finish(context.hard_remaining(), answer).await {
            Ok(answer) => answer.into_result().map(Into::into).map_err(Into::into),
            Err(Broken(why)) => Err(SendError::refused(RefusalScope::Provider, why)),
        }
    }

    fn parse_webhook(&self, request: &WebhookRequest) -> Result<Vec<Event>, WebhookError> {
        let events = self.object.parse_webhook(request.into()).into_result()?;
        Ok(events.into_iter().map(Into::into).collect())
    }

    async fn list_suppressions(
        &self,
        stream: Option<String>,
        cursor: Option<String>,
        context: &CallContext,
    ) -> Result<SuppressionPage, SendError> {
        self.suppressions(LIST, stream, cursor, &[], context).await
    }

    async fn add_suppressions(
        &self,
        stream: Option<String>,
        addresses: &[String],
        context: &CallContext,
    ) -> Result<Vec<SuppressionChange>, SendError> {
        self.suppressions(ADD, stream, None, addresses, context)
            .await
    }

    async fn remove_suppressions(
        &self,
        stream: Option<String>,
        addresses: &[String],
        context: &CallContext,
    ) -> Result<Vec<SuppressionChange>, SendError> {
        self.suppressions(REMOVE, stream, None, addresses, context)
            .await
    }
}

impl UnsubscribeHandler for ForeignProvider {
    fn render_unsubscribe(&self, stream: Option<&str>) -> Option<UnsubscribeLink> {
        self.object
            .render_unsubscribe(stream.map(RString::from).into())
            .into()
    }

    fn process_unsubscribe(
        &self,
        request: &WebhookRequest,
    ) -> Result<Option<Vec<Unsubscribe>>, WebhookError> {
        let found = self
            .object
            .process_unsubscribe(request.into())
            .into_result()?;
        let list = found.into_option();
        Ok(list.map(|records| records.into_iter().map(Into::into).collect()))
    }
}

/// Waits for a plugin's answer until a little after its deadline, and turns a panic in the plugin's poll function into words.
async fn finish<T>(deadline: Duration, mut answer: FfiFuture<T>) -> Result<T, Broken> {
    let polled = poll_fn(
        |context| match guard(|| Pin::new(&mut answer).poll(context)) {
            Ok(poll) => poll.map(Ok),
            Err(panic) => {
                std::task::Poll::Ready(Err(Broken(format!("the plugin panicked: {panic}"))))
            }
        },
    );
    let overdue = |_| {
        Err(Broken(
            "the plugin did not answer by its hard deadline".to_owned(),
        ))
    };
    tokio::time::timeout(deadline.saturating_add(BACKSTOP), polled)
        .await
        .unwrap_or_else(overdue)
}

fn settle<T>(answer: Result<Answer<T>, Broken>) -> Result<T, SendError> {
    match answer {
        Ok(answer) => answer.into_result().map_err(Into::into),
        Err(Broken(why)) => Err(SendError::in_doubt(why)),
    }
}
