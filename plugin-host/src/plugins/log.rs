//! A plugin's log records on their way into the host's log: under the provider's name, on one line, without its secrets, and not more of
//! them than a log can take.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use plugin_api::abi::{HostLog, LogLevel};

use super::Redactor;

/// Records a second that one provider may log; a burst of as many is let through at once.
const RECORDS_PER_SECOND: NonZeroU32 = NonZeroU32::new(500).expect("500 is not zero");
/// Bytes of one record; what is longer is cut.
const LONGEST_RECORD: usize = 4096;

pub(super) struct ProviderLog {
    provider: String,
    redactor: Arc<Redactor>,
    rate: DefaultDirectRateLimiter,
    dropped: AtomicU64,
}

impl ProviderLog {
    pub(super) fn new(provider: &str, redactor: Arc<Redactor>) -> Self {
        Self {
            provider: provider.to_owned(),
            redactor,
            rate: RateLimiter::direct(Quota::per_second(RECORDS_PER_SECOND)),
            dropped: AtomicU64::new(0),
        }
    }

    fn report_dropped(&self) {
        let dropped = self.dropped.swap(0, Ordering::Relaxed);
        if dropped > 0 {
            let provider = &self.provider;
            tracing::warn!(
                provider,
                dropped,
                "the plugin logs too much; records were dropped"
            );
        }
    }
}

impl HostLog for ProviderLog {
    fn log(&self, level: LogLevel, target: &str, message: &str) {
        if self.rate.check().is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        }
        self.report_dropped();
        let message = self.redactor.text(one_line(message));
        emit(level, &self.provider, &one_line(target), &message);
    }
}

/// Levels are compiled into the places records are made at, hence five of them.
fn emit(level: LogLevel, provider: &str, source: &str, message: &str) {
    match level {
        LogLevel::Error => tracing::error!(provider, source, "{message}"),
        LogLevel::Warn => tracing::warn!(provider, source, "{message}"),
        LogLevel::Info => tracing::info!(provider, source, "{message}"),
        LogLevel::Debug => tracing::debug!(provider, source, "{message}"),
        LogLevel::Trace => tracing::trace!(provider, source, "{message}"),
    }
}

/// No record can pass for two, or steer a terminal.
fn one_line(text: &str) -> String {
    let end = text.floor_char_boundary(LONGEST_RECORD);
    let mut line = String::with_capacity(end);
    for character in text[..end].chars() {
        if character.is_control() {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
    }
    if end < text.len() {
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::{LONGEST_RECORD, one_line};

    #[test]
    fn a_record_stays_on_one_line_and_within_bounds() {
        assert_eq!(one_line("a\nb\u{1b}[31m"), "a\\nb\\u{1b}[31m");
        let long = "ä".repeat(LONGEST_RECORD);
        let line = one_line(&long);
        assert!(line.len() <= LONGEST_RECORD + '…'.len_utf8());
        assert!(line.ends_with('…'));
    }
}
