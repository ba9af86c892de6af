//! Records to plain Rust and back, one file a family.

mod call;
mod errors;
mod events;
mod receipts;
pub(super) mod suppressions;

use abi_stable::std_types::{ROption, RString};
use jiff::Timestamp;

/// Microseconds since 1970; the ABI's point in time.
pub(super) fn micros(time: Timestamp) -> i64 {
    time.as_microsecond()
}

/// A number out of range (a broken or hostile peer) becomes the nearest representable moment.
pub(super) fn timestamp(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(if micros < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    })
}

pub(super) fn text(option: Option<String>) -> ROption<RString> {
    option.map(RString::from).into()
}

pub(super) fn string(option: ROption<RString>) -> Option<String> {
    option.map(RString::into_string).into_option()
}
