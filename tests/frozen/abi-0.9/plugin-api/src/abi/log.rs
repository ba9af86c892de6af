//! A plugin's log records on their way to the host.
//!
//! Each library has its own copy of `tracing`, of the panic hook and of every other static, so nothing arrives by itself: a subscriber
//! on each of the instance's threads hands events to the host object, and a panic hook does the same for panics.

use std::cell::RefCell;
use std::fmt::{self, Write};
use std::sync::{Arc, Once};

use abi_stable::std_types::RVec;
use tracing_core::dispatcher::{self, Dispatch};
use tracing_core::field::{Field, Visit};
use tracing_core::span::{Attributes, Id, Record};
use tracing_core::{Event, LevelFilter, Metadata, Subscriber};

use super::LogLevel;
use super::record::LogRecord;
use super::table::HostArc;

/// The way from one provider instance to its host's log.
#[derive(Clone)]
pub(super) struct LogBridge {
    host: Arc<HostArc>,
    dispatch: Dispatch,
}

thread_local! {
    /// Whose thread this is, for the panic hook.
    static OWNER: RefCell<Option<Arc<HostArc>>> = const { RefCell::new(None) };
}

impl LogBridge {
    pub(super) fn new(host: HostArc, max_level: LogLevel) -> Self {
        let host = Arc::new(host);
        let forwarder = Forwarder {
            host: host.clone(),
            max_level: max_level.into(),
        };
        Self {
            host,
            dispatch: Dispatch::new(forwarder),
        }
    }

    /// Makes everything this thread logs, until it ends, go to the host.
    pub(super) fn adopt_thread(&self) {
        std::mem::forget(dispatcher::set_default(&self.dispatch));
        OWNER.set(Some(self.host.clone()));
    }

    /// Runs something on a thread of the host's with its log going to the host under this provider's name.
    pub(super) fn within<T>(&self, work: impl FnOnce() -> T) -> T {
        let before = OWNER.replace(Some(self.host.clone()));
        let _owner = Restore(before);
        dispatcher::with_default(&self.dispatch, work)
    }
}

struct Restore(Option<Arc<HostArc>>);

impl Drop for Restore {
    fn drop(&mut self) {
        OWNER.set(self.0.take());
    }
}

/// Sends panics of this library to the host's log instead of standard error. Other libraries have hooks of their own.
pub(super) fn install_panic_hook() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let default = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let owner = OWNER.try_with(|owner| owner.borrow().clone());
            match owner {
                Ok(Some(host)) => host.log(record(LogLevel::Error, "panic", panic.to_string())),
                // A thread the plugin started by itself belongs to no instance.
                _ => default(panic),
            }
        }));
    });
}

fn record(level: LogLevel, target: &str, message: String) -> LogRecord {
    LogRecord {
        level: level.number(),
        target: target.into(),
        message: message.into(),
        extensions: RVec::new(),
    }
}

struct Forwarder {
    host: Arc<HostArc>,
    max_level: LevelFilter,
}

impl Subscriber for Forwarder {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= self.max_level
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.max_level)
    }

    fn event(&self, event: &Event<'_>) {
        let metadata = event.metadata();
        let mut line = Line::default();
        event.record(&mut line);
        self.host.log(record(
            (*metadata.level()).into(),
            metadata.target(),
            line.finish(),
        ));
    }

    // Spans do not cross: the traceparent in the call's circumstances takes their place.
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// An event as one line: the message, then `field=value` pairs.
#[derive(Default)]
struct Line {
    message: String,
    fields: String,
}

impl Line {
    fn finish(self) -> String {
        self.message + &self.fields
    }
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // A value whose Debug fails is cut short; logging must not turn an accepted mail into a doubt.
        let _ = if field.name() == "message" {
            write!(self.message, "{value:?}")
        } else {
            write!(self.fields, " {}={value:?}", field.name())
        };
    }

    // Text of a field stays quoted and escaped: a line break in it must not look like another record.
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            self.record_debug(field, &format_args!("{value}"));
        } else {
            self.record_debug(field, &value);
        }
    }
}
