//! Metadata as headers: the four ids, the caller's own pairs, the tag. Recipients can see them.

use plugin_api::{Message, SendError, metadata};

use super::header::{Header, encoded};

const PREFIX: &str = "X-Metadata-";
const TAG: &str = "X-Tag";

pub(super) fn of(message: &Message) -> Result<Vec<Header>, SendError> {
    let tracking_id = message.tracking_id().to_string();
    let ids = [
        (metadata::TRACKING_ID, Some(tracking_id.as_str())),
        (metadata::ACCOUNT_UID, message.account_uid()),
        (metadata::LEAD_UID, message.lead_uid()),
        (metadata::USER_ACCOUNT_UID, message.user_account_uid()),
    ];
    let mut headers = Vec::new();
    for (name, id) in ids {
        if let Some(id) = id.filter(|id| !id.is_empty()) {
            headers.extend(encoded(&format!("{PREFIX}{name}"), id).map(Header::First));
        }
    }
    let mut names: Vec<String> = Vec::new();
    for (place, (key, value)) in message.metadata().enumerate() {
        if ids.iter().any(|(name, _)| name.eq_ignore_ascii_case(key)) {
            continue;
        }
        let field = format!("Metadata[{place}].Name");
        let lower = key.to_ascii_lowercase();
        if key.is_empty() || names.contains(&lower) {
            let problem = "is empty, or equals an earlier name but for letter case";
            return Err(SendError::invalid_field(field, problem));
        }
        let header = encoded(&format!("{PREFIX}{key}"), value).ok_or_else(|| {
            let says = format!(
                "smtp: `{field}` cannot stand in a header's name; expected at most 65 visible ASCII characters without a colon"
            );
            SendError::unsupported(&field, says)
        })?;
        headers.push(Header::First(header));
        names.push(lower);
    }
    if let Some(tag) = message.tag().filter(|tag| !tag.is_empty()) {
        headers.extend(encoded(TAG, tag).map(Header::First));
    }
    Ok(headers)
}
