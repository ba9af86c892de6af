//! Times as Postmark writes and reads them: seven fraction digits; dates of search are US Eastern.

use std::sync::LazyLock;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

static EASTERN: LazyLock<TimeZone> = LazyLock::new(|| {
    TimeZone::get("America/New_York").expect("the time zone database is compiled in")
});

/// `2026-03-02T14:15:42.1234567Z`, as webhooks have it.
pub(super) fn zulu(at: Timestamp) -> String {
    format!("{}{}Z", at.strftime("%Y-%m-%dT%H:%M:%S"), fraction(at))
}

/// `2026-03-02T09:15:42.1234567-05:00`, as the API answers.
pub(super) fn eastern(at: Timestamp) -> String {
    let local = at.to_zoned_datetime(EASTERN.clone());
    format!(
        "{}{}{}",
        local.strftime("%Y-%m-%dT%H:%M:%S"),
        fraction(at),
        local.strftime("%:z")
    )
}

/// `2026-03-02T09:15:42-05:00`, as suppressions have it.
pub(super) fn eastern_seconds(at: Timestamp) -> String {
    at.to_zoned_datetime(EASTERN.clone())
        .strftime("%Y-%m-%dT%H:%M:%S%:z")
        .to_string()
}

/// The first moment of a `fromdate`: a date, a date and time read as Eastern, or one with its own offset.
pub(super) fn from_date(text: &str) -> Option<Timestamp> {
    exact(text).or_else(|| eastern_midnight(text.parse().ok()?))
}

/// The first moment after a `todate`, which is inclusive: a date means its whole day, a time its whole second.
pub(super) fn after_date(text: &str) -> Option<Timestamp> {
    let inclusive = exact(text).and_then(|at| at.checked_add(1.second()).ok());
    inclusive.or_else(|| eastern_midnight(text.parse::<Date>().ok()?.tomorrow().ok()?))
}

fn fraction(at: Timestamp) -> String {
    format!(".{:07}", at.subsec_nanosecond().unsigned_abs() / 100)
}

fn exact(text: &str) -> Option<Timestamp> {
    // A bare date parses as a date-time as well; it means a day here.
    if !text.contains(['T', 't', ' ']) {
        return None;
    }
    let with_offset = || -> Option<Timestamp> {
        // In a query an unescaped `+` of an offset arrives as a space.
        let (time, offset) = text.rsplit_once(' ').unwrap_or((text, ""));
        text.parse()
            .or_else(|_| format!("{time}+{offset}").parse())
            .ok()
    };
    let eastern = || EASTERN.to_timestamp(text.parse::<DateTime>().ok()?).ok();
    with_offset().or_else(eastern)
}

fn eastern_midnight(date: Date) -> Option<Timestamp> {
    EASTERN
        .to_timestamp(date.to_datetime(jiff::civil::Time::midnight()))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn times_have_seven_fraction_digits_in_both_forms() {
        let moment = at("2026-03-02T14:15:42.123456789Z");
        assert_eq!(zulu(moment), "2026-03-02T14:15:42.1234567Z");
        assert_eq!(eastern(moment), "2026-03-02T09:15:42.1234567-05:00");
        assert_eq!(
            eastern(at("2026-07-02T14:00:00Z")),
            "2026-07-02T10:00:00.0000000-04:00"
        );
        assert_eq!(eastern_seconds(moment), "2026-03-02T09:15:42-05:00");
    }

    #[test]
    fn dates_are_eastern_and_inclusive() {
        assert_eq!(from_date("2026-03-02"), Some(at("2026-03-02T05:00:00Z")));
        assert_eq!(after_date("2026-03-02"), Some(at("2026-03-03T05:00:00Z")));
        assert_eq!(
            from_date("2026-07-02T10:00:00"),
            Some(at("2026-07-02T14:00:00Z"))
        );
        assert_eq!(
            after_date("2026-07-02T10:00:00"),
            Some(at("2026-07-02T14:00:01Z"))
        );
        assert_eq!(
            from_date("2026-07-02T10:00:00Z"),
            Some(at("2026-07-02T10:00:00Z"))
        );
        assert_eq!(
            from_date("2026-07-02T10:00:00 02:00"),
            Some(at("2026-07-02T08:00:00Z"))
        );
        assert_eq!(from_date("yesterday"), None);
        assert_eq!(after_date(""), None);
    }
}
