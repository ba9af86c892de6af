//! Words in colour, times with their zone, shares.

use jiff::Timestamp;
use owo_colors::OwoColorize as _;

/// A heading.
pub(crate) fn heading(text: &str) -> String {
    text.bold().to_string()
}

/// Something that went well.
pub(crate) fn good(text: &str) -> String {
    text.green().to_string()
}

/// Something to look at.
pub(crate) fn warn(text: &str) -> String {
    text.yellow().to_string()
}

/// Something that went wrong.
pub(crate) fn bad(text: &str) -> String {
    text.red().to_string()
}

/// Something of second rank.
pub(crate) fn dim(text: &str) -> String {
    text.dimmed().to_string()
}

/// A moment in UTC, to the millisecond, with its zone.
pub(crate) fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S%.3f UTC").to_string()
}

/// The same moment's time of day, where the day is plain; without thousandths where they are not told, as by services that count in seconds.
pub(crate) fn clock(at: Timestamp) -> String {
    let form = match at.subsec_nanosecond() {
        0 => "%H:%M:%S",
        _ => "%H:%M:%S%.3f",
    };
    at.strftime(form).to_string()
}

/// A share of a whole, in percent with one decimal; nothing of nothing is 0.
pub(crate) fn percent(part: u64, whole: u64) -> String {
    let share = if whole == 0 {
        0.0
    } else {
        100.0 * part as f64 / whole as f64
    };
    format!("{share:.1} %")
}
