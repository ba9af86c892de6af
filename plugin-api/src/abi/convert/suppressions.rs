//! Suppression lists.

use abi_stable::std_types::{RString, RVec};

use crate::abi::convert::{micros, string, text, timestamp};
use crate::abi::record::{
    ChangeRecord, SuppressionAnswerRecord, SuppressionRecord, SuppressionRequestRecord,
};
use crate::{
    Suppression, SuppressionChange, SuppressionOrigin, SuppressionPage, SuppressionQuery,
    SuppressionReason,
};

const DONE: u32 = 1;
const REFUSED: u32 = 2;

impl From<SuppressionRequestRecord> for SuppressionQuery {
    fn from(record: SuppressionRequestRecord) -> Self {
        Self {
            stream: string(record.stream),
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
