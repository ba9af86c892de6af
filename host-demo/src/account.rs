//! How the CRM's account ids are spelled inside.

use uuid::Uuid;

/// An account id as it is stored and compared: a GUID in any spelling becomes a lower-case UUID, because callbacks name accounts
/// that way; anything else stays as it is.
pub(crate) fn account_id(text: &str) -> String {
    let text = text.trim();
    Uuid::try_parse(text).map_or_else(|_| text.to_owned(), |id| id.as_hyphenated().to_string())
}
