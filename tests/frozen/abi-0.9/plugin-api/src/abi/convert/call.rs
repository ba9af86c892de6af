//! The circumstances of a call. Deadlines cross as time left, since two libraries share no `Instant`.

use std::time::Duration;

use crate::CallContext;
use abi_stable::std_types::RString;

use crate::abi::convert::text;
use crate::abi::record::CallRecord;

impl From<&CallContext> for CallRecord {
    fn from(context: &CallContext) -> Self {
        Self {
            soft_ms: millis(context.soft_remaining()),
            hard_ms: millis(context.hard_remaining()),
            attempt: context.attempt(),
            traceparent: text(context.traceparent().map(str::to_owned)),
            extensions: context.extensions().into(),
        }
    }
}

impl From<CallRecord> for CallContext {
    fn from(record: CallRecord) -> Self {
        let (soft, hard) = (
            Duration::from_millis(record.soft_ms),
            Duration::from_millis(record.hard_ms),
        );
        let traceparent = record.traceparent.into_option();
        let context = Self::new(soft, hard)
            .with_attempt(record.attempt)
            .with_traceparent(traceparent.map(RString::into_string));
        record
            .extensions
            .into_iter()
            .fold(context, Self::with_extension)
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
