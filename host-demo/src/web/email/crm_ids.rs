//! The CRM's own ids: as fields of the message or in its metadata, in any letter case.

use plugin_api::TrackingId;
use plugin_host::AccountKey;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::fields::{Fields, take_any_case};
use crate::web::PostmarkError;

/// On a mail service's wire these ids travel as metadata, and metadata values end here.
const LONGEST: usize = 80;

/// Keys with which an application repeats a request without making a second message of it.
const KEYS: Uuid = Uuid::from_u128(0x6f1c_8d52_93a0_4e0b_9b7e_52d1_c0a4_7f35);

/// The account of a message that was accepted.
pub(crate) fn account_of(message: &Value) -> Option<String> {
    const NAME: &str = "AccountUID";
    let fields = [message, &message["Metadata"]].map(Value::as_object);
    let said = fields.into_iter().flatten().flatten();
    let said = said.filter(|(name, value)| name.eq_ignore_ascii_case(NAME) && !value.is_null());
    let account = only_one(NAME, said.map(|(_, value)| value.clone()).collect()).ok()??;
    Some(AccountKey::of(&account).into())
}

/// What the CRM calls the things around a message.
pub(super) struct CrmIds {
    pub(super) lead: Option<String>,
    pub(super) account: Option<String>,
    pub(super) user_account: Option<String>,
    tracking: Option<TrackingId>,
}

impl CrmIds {
    /// Takes the four ids out of the fields and the metadata.
    ///
    /// # Errors
    /// Code 300, naming the field, when an id is said twice in different ways, is too long, or `TrackingId` is no UUID.
    pub(super) fn take(
        fields: &mut Fields,
        metadata: &mut Map<String, Value>,
    ) -> Result<Self, PostmarkError> {
        let mut id = |name: &'static str| {
            let mut said = fields.take_any_case(name);
            said.extend(take_any_case(metadata, name));
            only_one(name, said)
        };
        let tracking = id("TrackingId")?
            .map(|text| text.parse())
            .transpose()
            .map_err(|fault| PostmarkError::invalid(format!("Invalid 'TrackingId': {fault}.")))?;
        Ok(Self {
            lead: id("LeadUID")?,
            account: id("AccountUID")?.map(|account| AccountKey::of(&account).into()),
            user_account: id("UserAccountUID")?,
            tracking,
        })
    }

    /// The message's id: the caller's, or one that follows from the caller's idempotency key, or a new one.
    pub(super) fn tracking_id(&self, idempotency_key: Option<&str>) -> TrackingId {
        let account = self.account.as_deref().unwrap_or_default();
        let from_key = |key| Uuid::new_v5(&KEYS, format!("{account}\0{key}").as_bytes());
        self.tracking
            .unwrap_or_else(|| idempotency_key.map_or_else(Uuid::now_v7, from_key).into())
    }
}

fn only_one(name: &str, said: Vec<Value>) -> Result<Option<String>, PostmarkError> {
    let mut texts: Vec<String> = Vec::with_capacity(said.len());
    for value in said {
        let text = match value {
            Value::String(text) => text.trim().to_owned(),
            // Anything else was rounded when it was read: two leads would become one.
            Value::Number(number) if number.is_u64() || number.is_i64() => number.to_string(),
            _ => return Err(PostmarkError::wrong_fields(&[name.to_owned()])),
        };
        if !text.is_empty() && !texts.iter().any(|other| other.eq_ignore_ascii_case(&text)) {
            texts.push(text);
        }
    }
    if texts.len() > 1 {
        return Err(PostmarkError::invalid(format!(
            "Invalid '{name}': it is given more than once, with different values."
        )));
    }
    let text = texts.pop();
    if text
        .as_ref()
        .is_some_and(|text| text.chars().count() > LONGEST)
    {
        return Err(PostmarkError::invalid(format!(
            "Invalid '{name}': it is limited to {LONGEST} characters."
        )));
    }
    Ok(text)
}
