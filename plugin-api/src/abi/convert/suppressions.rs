//! Suppression lists.

use abi_stable::std_types::RVec;

use crate::abi::convert::{micros, string, text, timestamp};
use crate::abi::record::{SuppressionAnswerRecord, SuppressionRecord};
use crate::{
    Suppression, SuppressionChange, SuppressionOrigin, SuppressionPage, SuppressionReason,
};

impl From<SuppressionPage> for SuppressionAnswerRecord {
    fn from(page: SuppressionPage) -> Self {
        Self {
            entries: page.entries.into_iter().map(Into::into).collect(),
            next: text(page.next),
            refused: RVec::new(),
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
        let words = |change| match change {
            SuppressionChange::Done => text(None),
            SuppressionChange::Refused(words) => text(Some(words)),
        };
        Self {
            refused: changes.into_iter().map(words).collect(),
            ..SuppressionPage::default().into()
        }
    }
}

impl From<SuppressionAnswerRecord> for Vec<SuppressionChange> {
    fn from(record: SuppressionAnswerRecord) -> Self {
        let change = |words| match string(words) {
            None => SuppressionChange::Done,
            Some(words) => SuppressionChange::Refused(words),
        };
        record.refused.into_iter().map(change).collect()
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
