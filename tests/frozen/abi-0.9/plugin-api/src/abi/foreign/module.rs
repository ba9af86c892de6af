//! A library whose ABI has been checked.

use std::sync::Arc;

use abi_stable::StableAbi;
use abi_stable::abi_stability::abi_checking::check_layout_compatibility;
use abi_stable::library::{AbiHeaderRef, LibHeader};
use abi_stable::sabi_trait::TD_Opaque;
use abi_stable::std_types::{RArc, RStr, RString, RVec};

use super::ForeignProvider;
use super::log::{HostLog, Logger};
use crate::abi::LogLevel;
use crate::abi::record::HostRecord;
use crate::abi::table::{HostObject_TO, PluginModuleRef};
use crate::{CreateError, Host};

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
    /// `settings` is a JSON object; the host's name for the instance stands in logs and thread names; records above `max_level` are not
    /// logged.
    ///
    /// # Errors
    /// When the settings are refused, or the constructor panicked.
    pub fn create(
        &self,
        settings: &str,
        host: &Host,
        max_level: LogLevel,
        log: Arc<dyn HostLog>,
    ) -> Result<ForeignProvider, CreateError> {
        let host = HostRecord {
            provider: host.provider().into(),
            version: host.version().into(),
            max_level: max_level.number(),
            extensions: RVec::new(),
        };
        let log = HostObject_TO::from_ptr(RArc::new(Logger(log)), TD_Opaque);
        let object = self.module.create()(RStr::from(settings), host, log).into_result()?;
        Ok(ForeignProvider::new(object))
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
