//! The query of a search: names in any letter case, Postmark's rules for pages and dates.

use std::str::FromStr;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use plugin_api::TrackingId;
use plugin_host::{MessageFilter, MessageState};

use crate::web::{Caller, PostmarkError};

/// Rows of one page.
const MOST_ROWS: u32 = 500;
/// How far back pages reach.
const DEEPEST: u32 = 10_000;
/// Dates without a zone are read as Postmark reads them.
const ZONE: &str = "America/New_York";
/// What messages without a stream are called; asking for it finds those that name it as well.
pub(super) const DEFAULT_STREAM: &str = "outbound";

/// Names and values of a query, as they came.
pub(super) type Pairs = Vec<(String, String)>;

/// The first value of this name that is not empty; letter case is of no matter.
pub(super) fn text(pairs: &[(String, String)], name: &str) -> Option<String> {
    let found = pairs.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
    found
        .map(|(_, value)| value.trim().to_owned())
        .filter(|value| !value.is_empty())
}

/// Reads a search. Unknown names are ignored, as Postmark does. Unlike there, no stream means every stream: a message that was accepted
/// is never missing from a search that did not exclude it.
///
/// # Errors
/// Code 700 for a page that cannot be, code 300 for a filter that makes no sense.
pub(super) fn filter(
    pairs: &[(String, String)],
    caller: &Caller,
) -> Result<MessageFilter, PostmarkError> {
    let text = |name: &str| text(pairs, name);
    let (count, offset) = page(text("count").as_deref(), text("offset").as_deref())?;
    let filter = MessageFilter {
        account: caller.account.clone(),
        recipient: text("recipient"),
        from: text("fromemail"),
        tag: text("tag"),
        subject: text("subject"),
        states: text("status").map_or(Ok(Vec::new()), |status| states(&status))?,
        from_date: text("fromdate")
            .map(|it| moment("fromdate", &it))
            .transpose()?
            .map(|it| it.from),
        to_date: text("todate")
            .map(|it| moment("todate", &it))
            .transpose()?
            .map(|it| it.behind),
        or_no_stream: text("messagestream").is_some_and(|stream| stream == DEFAULT_STREAM),
        stream: text("messagestream"),
        count,
        offset,
        ..MessageFilter::default()
    };
    with_metadata(filter, pairs)
}

/// One pair is possible, as at Postmark; the CRM's ids have columns of their own.
fn with_metadata(
    mut filter: MessageFilter,
    pairs: &[(String, String)],
) -> Result<MessageFilter, PostmarkError> {
    const PREFIX: &str = "metadata_";
    let pair = pairs.iter().find_map(|(name, value)| {
        let (prefix, key) = name.split_at_checked(PREFIX.len())?;
        prefix
            .eq_ignore_ascii_case(PREFIX)
            .then_some((key, value.trim()))
    });
    let Some((key, value)) = pair else {
        return Ok(filter);
    };
    match key.to_ascii_lowercase().as_str() {
        "trackingid" => {
            let id = TrackingId::from_str(value);
            filter.tracking_id = Some(id.map_err(|fault| {
                PostmarkError::invalid(format!("Invalid '{PREFIX}{key}': {fault}."))
            })?);
        }
        "leaduid" => filter.lead = Some(value.to_owned()),
        "accountuid" if filter.account.is_none() => filter.account = Some(value.to_owned()),
        _ => filter.metadata = Some((key.to_owned(), value.to_owned())),
    }
    Ok(filter)
}

fn page(count: Option<&str>, offset: Option<&str>) -> Result<(u32, u32), PostmarkError> {
    let wrong = |what: &str| PostmarkError::unprocessable(700, what);
    let number = |text: Option<&str>| text.and_then(|text| text.parse::<u32>().ok());
    let count = number(count)
        .filter(|count| (1..=MOST_ROWS).contains(count))
        .ok_or_else(|| wrong("The parameter 'count' is required and must be 1 to 500."))?;
    let offset = number(offset)
        .ok_or_else(|| wrong("The parameter 'offset' is required and must be 0 or more."))?;
    match count.checked_add(offset) {
        Some(end) if end <= DEEPEST => Ok((count, offset)),
        _ => Err(wrong(
            "The sum of 'count' and 'offset' must be at most 10000.",
        )),
    }
}

/// Postmark's words, and this host's own states.
fn states(status: &str) -> Result<Vec<MessageState>, PostmarkError> {
    match status.to_ascii_lowercase().as_str() {
        "queued" => Ok(vec![
            MessageState::Queued,
            MessageState::Sending,
            MessageState::RetryWait,
            MessageState::InDoubt,
        ]),
        "processed" => Ok(vec![MessageState::Sent]),
        word => word
            .parse()
            .map(|state| vec![state])
            .map_err(|fault| PostmarkError::invalid(format!("Invalid 'status': {fault}."))),
    }
}

/// What a date in a query covers.
struct Span {
    from: Timestamp,
    behind: Timestamp,
}

/// A day, or a second; in US Eastern time when it names no zone.
fn moment(name: &str, text: &str) -> Result<Span, PostmarkError> {
    let wrong = || {
        PostmarkError::invalid(format!(
            "Invalid '{name}': expected a date such as 2026-03-02 or a time such as 2026-03-02T14:15:42."
        ))
    };
    let behind = |from: Timestamp| from.checked_add(1.second()).map_err(|_| wrong());
    if let Ok(from) = text.parse::<Timestamp>() {
        return Ok(Span {
            from,
            behind: behind(from)?,
        });
    }
    let zone = TimeZone::get(ZONE).map_err(|_| wrong())?;
    let at = |time: DateTime| zone.to_timestamp(time).map_err(|_| wrong());
    if text.contains(['T', ' ']) {
        let from = at(text.parse::<DateTime>().map_err(|_| wrong())?)?;
        return Ok(Span {
            from,
            behind: behind(from)?,
        });
    }
    let day = text.parse::<Date>().map_err(|_| wrong())?;
    let next = day.tomorrow().map_err(|_| wrong())?;
    Ok(Span {
        from: at(day.to_datetime(jiff::civil::Time::midnight()))?,
        behind: at(next.to_datetime(jiff::civil::Time::midnight()))?,
    })
}
