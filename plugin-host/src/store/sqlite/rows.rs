//! Values as they stand in columns.

use jiff::Timestamp;
use plugin_api::TrackingId;
use rusqlite::Row;
use rusqlite::types::Type;

use crate::compliance::RecipientKind;

pub(super) fn time(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(Timestamp::UNIX_EPOCH)
}

pub(super) fn optional_time(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<Timestamp>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(time))
}

pub(super) fn get_time(row: &Row<'_>, column: &str) -> rusqlite::Result<Timestamp> {
    row.get(column).map(time)
}

pub(super) fn tracking_id(row: &Row<'_>, column: &str) -> rusqlite::Result<TrackingId> {
    row.get(column).map(TrackingId::from_bytes)
}

/// A column that holds a word or JSON of ours.
pub(super) fn parsed<T, E>(
    row: &Row<'_>,
    column: &str,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> rusqlite::Result<T>
where
    E: std::error::Error + Send + Sync + 'static,
{
    let text: String = row.get(column)?;
    parse(&text).map_err(|error| {
        let index = row.as_ref().column_index(column).unwrap_or_default();
        rusqlite::Error::FromSqlConversionFailure(index, Type::Text, Box::new(error))
    })
}

/// A column that holds JSON of ours.
pub(super) fn json<T: serde::de::DeserializeOwned>(
    row: &Row<'_>,
    column: &str,
) -> rusqlite::Result<T> {
    parsed(row, column, |text| serde_json::from_str(text))
}

pub(super) const fn kind_word(kind: RecipientKind) -> &'static str {
    match kind {
        RecipientKind::To => "to",
        RecipientKind::Cc => "cc",
        RecipientKind::Bcc => "bcc",
    }
}

pub(super) fn kind(word: &str) -> RecipientKind {
    match word {
        "cc" => RecipientKind::Cc,
        "bcc" => RecipientKind::Bcc,
        _ => RecipientKind::To,
    }
}
