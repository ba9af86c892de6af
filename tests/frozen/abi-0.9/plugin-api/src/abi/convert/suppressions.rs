//! Suppression lists.

use abi_stable::std_types::{RString, RVec};

use crate::abi::convert::{micros, string, text, timestamp};
use crate::abi::record::{
    ChangeRecord, SuppressionAnswerRecord, SuppressionRecord, SuppressionRequestRecord,
};
use crate::{
    Suppression, SuppressionChange, SuppressionEdit, SuppressionOrigin, SuppressionPage,
    SuppressionQuery, SuppressionReason,
};

/// The operations of [`SuppressionRequestRecord`].
pub(in crate::abi) const LIST: u32 = 1;
pub(in crate::abi) const ADD: u32 = 2;
pub(in crate::abi) const REMOVE: u32 = 3;

const DONE: u32 = 1;
const REFUSED: u32 = 2;

impl SuppressionRequestRecord {
    pub(in crate::abi) fn list(query: &SuppressionQuery) -> Self {
        Self {
            operation: LIST,
            stream: text(query.stream.clone()),
            reason: query.reason.map_or(0, SuppressionReason::code),
            cursor: text(query.cursor.clone()),
            since: query.since.map(micros).into(),
            addresses: RVec::new(),
            extensions: RVec::new(),
        }
    }

    pub(in crate::abi) fn change(operation: u32, edit: &SuppressionEdit) -> Self {
        let mut query = SuppressionQuery::new(edit.stream.clone());
        query.reason = edit.reason;
        Self {
            operation,
            addresses: edit
                .addresses
                .iter()
                .map(|one| one.as_str().into())
                .collect(),
            ..Self::list(&query)
        }
    }
}

impl From<SuppressionRequestRecord> for SuppressionEdit {
    fn from(record: SuppressionRequestRecord) -> Self {
        Self {
            addresses: record
                .addresses
                .into_iter()
                .map(RString::into_string)
                .collect(),
            stream: string(record.stream),
            reason: reason(record.reason),
        }
    }
}

fn reason(code: u32) -> Option<SuppressionReason> {
    (code != 0).then(|| SuppressionReason::from_code(code))
}

impl From<SuppressionRequestRecord> for SuppressionQuery {
    fn from(record: SuppressionRequestRecord) -> Self {
        Self {
            stream: string(record.stream),
            reason: reason(record.reason),
            cursor: string(record.cursor),
            since: record.since.map(timestamp).into(),
        }
    }
}

impl From<SuppressionPage> for SuppressionAnswerRecord {
    fn from(page: SuppressionPage) -> Self {
        Self {
            entries: page.entries.into_iter().map(Into::into).collect(),
            next: text(page.next),
            changes: RVec::new(),
            extensions: RVec::new(),
        }
    }
}

impl From<SuppressionAnswerRecord> for SuppressionPage {
    fn from(record: SuppressionAnswerRecord) -> Self {
        Self {
            entries: record.entries.into_iter().map(Into::into).collect(),
            next: string(record.next),
        }
    }
}

impl From<Vec<SuppressionChange>> for SuppressionAnswerRecord {
    fn from(changes: Vec<SuppressionChange>) -> Self {
        Self {
            changes: changes.into_iter().map(Into::into).collect(),
            ..SuppressionPage::default().into()
        }
    }
}

impl From<SuppressionAnswerRecord> for Vec<SuppressionChange> {
    fn from(record: SuppressionAnswerRecord) -> Self {
        record.changes.into_iter().map(Into::into).collect()
    }
}

impl From<SuppressionChange> for ChangeRecord {
    fn from(change: SuppressionChange) -> Self {
        let (outcome, words) = match change {
            SuppressionChange::Unknown(why) => (0, why),
            SuppressionChange::Done => (DONE, String::new()),
            SuppressionChange::Refused(words) => (REFUSED, words),
        };
        Self {
            outcome,
            words: words.into(),
            extensions: RVec::new(),
        }
    }
}

impl From<ChangeRecord> for SuppressionChange {
    fn from(record: ChangeRecord) -> Self {
        let words = RString::into_string(record.words);
        match record.outcome {
            DONE => Self::Done,
            REFUSED => Self::Refused(words),
            0 => Self::Unknown(words),
            number => Self::Unknown(format!(
                "the plugin answered {number}, which this host does not know: {words}"
            )),
        }
    }
}

impl From<Suppression> for SuppressionRecord {
    fn from(entry: Suppression) -> Self {
        Self {
            address: entry.address.into(),
            reason: entry.reason.code(),
            origin: entry.origin.code(),
            created_at: entry.created_at.map(micros).into(),
            extensions: RVec::new(),
        }
    }
}

impl From<SuppressionRecord> for Suppression {
    fn from(record: SuppressionRecord) -> Self {
        Self {
            address: record.address.into_string(),
            reason: SuppressionReason::from_code(record.reason),
            origin: SuppressionOrigin::from_code(record.origin),
            created_at: record.created_at.map(timestamp).into(),
        }
    }
}
