//! The host as a plugin calls it.

use std::sync::Arc;

use crate::abi::LogLevel;
use crate::abi::guard::guard;
use crate::abi::record::LogRecord;
use crate::abi::table::HostObject;

/// Where a plugin's log records go.
pub trait HostLog: Send + Sync + 'static {
    /// Takes one record. Called from the plugin's threads; must not block.
    fn log(&self, level: LogLevel, target: &str, message: &str);
}

pub(super) struct Logger(pub(super) Arc<dyn HostLog>);

impl HostObject for Logger {
    fn log(&self, record: LogRecord) {
        let level = LogLevel::from_number(record.level);
        // A panic in the host's log must not unwind into the plugin.
        let _ = guard(|| self.0.log(level, &record.target, &record.message));
    }
}
