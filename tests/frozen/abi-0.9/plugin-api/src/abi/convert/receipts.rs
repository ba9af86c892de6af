//! Receipts, lookups and check reports.

use abi_stable::std_types::{ROption, RString, RVec};

use crate::abi::convert::{micros, string, text, timestamp};
use crate::abi::record::{
    CapabilityRecord, CheckRecord, LookupRecord, QueryRecord, ReceiptRecord, RecipientRecord,
};
use crate::{
    Capabilities, CheckReport, Lookup, ProviderMessageId, Receipt, RecipientOutcome,
    RecipientResult, SentQuery, TrackingId,
};

const FOUND: u32 = 1;
const ABSENT: u32 = 2;
const UNKNOWN: u32 = 3;

impl From<Receipt> for ReceiptRecord {
    fn from(receipt: Receipt) -> Self {
        Self {
            id: receipt.id.as_str().into(),
            accepted_at: receipt.accepted_at.map(micros).into(),
            recipients: receipt.recipients.into_iter().map(Into::into).collect(),
            duplicates: receipt
                .duplicates
                .iter()
                .map(|id| RString::from(id.as_str()))
                .collect(),
            note: text(receipt.note),
            extensions: RVec::new(),
        }
    }
}

impl From<ReceiptRecord> for Receipt {
    fn from(record: ReceiptRecord) -> Self {
        let id = |text: RString| ProviderMessageId::new(text.into_string());
        Self {
            id: id(record.id),
            accepted_at: record.accepted_at.map(timestamp).into(),
            recipients: record.recipients.into_iter().map(Into::into).collect(),
            duplicates: record.duplicates.into_iter().map(id).collect(),
            note: string(record.note),
        }
    }
}

impl From<RecipientResult> for RecipientRecord {
    fn from(result: RecipientResult) -> Self {
        Self {
            address: result.address.into(),
            outcome: match result.outcome {
                RecipientOutcome::Unknown => 0,
                RecipientOutcome::Accepted => 1,
                RecipientOutcome::Suppressed => 2,
                RecipientOutcome::Rejected => 3,
                RecipientOutcome::Deferred => 4,
            },
            detail: text(result.detail),
            id: text(result.id.map(|id| id.to_string())),
            extensions: RVec::new(),
        }
    }
}

impl From<RecipientRecord> for RecipientResult {
    fn from(record: RecipientRecord) -> Self {
        let outcome = match record.outcome {
            1 => RecipientOutcome::Accepted,
            2 => RecipientOutcome::Suppressed,
            3 => RecipientOutcome::Rejected,
            4 => RecipientOutcome::Deferred,
            _ => RecipientOutcome::Unknown,
        };
        Self {
            detail: string(record.detail),
            id: string(record.id).map(ProviderMessageId::new),
            ..Self::new(record.address.into_string(), outcome)
        }
    }
}

impl From<&SentQuery> for QueryRecord {
    fn from(query: &SentQuery) -> Self {
        Self {
            tracking_id: query.tracking_id.to_bytes(),
            stream: text(query.stream.clone()),
            to: query
                .to
                .iter()
                .map(|address| address.as_str().into())
                .collect(),
            attempted_at: micros(query.attempted_at),
            deadline_at: micros(query.deadline_at),
            extensions: RVec::new(),
        }
    }
}

impl From<QueryRecord> for SentQuery {
    fn from(record: QueryRecord) -> Self {
        Self {
            stream: string(record.stream),
            to: record.to.into_iter().map(RString::into_string).collect(),
            ..Self::new(
                TrackingId::from_bytes(record.tracking_id),
                timestamp(record.attempted_at),
                timestamp(record.deadline_at),
            )
        }
    }
}

impl From<Lookup> for LookupRecord {
    fn from(lookup: Lookup) -> Self {
        let unknown = |why: String| Self {
            kind: UNKNOWN,
            receipt: ROption::RNone,
            indexed_through: ROption::RNone,
            why: why.into(),
            extensions: RVec::new(),
        };
        match lookup {
            Lookup::Unknown { why } => unknown(why),
            Lookup::Found(receipt) => Self {
                kind: FOUND,
                receipt: ROption::RSome(receipt.into()),
                ..unknown(String::new())
            },
            Lookup::Absent { indexed_through } => Self {
                kind: ABSENT,
                indexed_through: indexed_through.map(micros).into(),
                ..unknown(String::new())
            },
        }
    }
}

impl From<LookupRecord> for Lookup {
    fn from(record: LookupRecord) -> Self {
        match (record.kind, record.receipt) {
            (FOUND, ROption::RSome(receipt)) => Self::Found(receipt.into()),
            (FOUND, ROption::RNone) => Self::unknown("the plugin says found but gives no receipt"),
            (ABSENT, _) => Self::Absent {
                indexed_through: record.indexed_through.map(timestamp).into(),
            },
            (UNKNOWN, _) => Self::unknown(record.why.into_string()),
            (number, _) => Self::unknown(format!(
                "the plugin answered {number}, which this host does not know"
            )),
        }
    }
}

impl From<CheckReport> for CheckRecord {
    fn from(report: CheckReport) -> Self {
        Self {
            account: report.account.into(),
            warnings: report.warnings.into_iter().map(RString::from).collect(),
            extensions: RVec::new(),
        }
    }
}

impl From<CheckRecord> for CheckReport {
    fn from(record: CheckRecord) -> Self {
        Self {
            account: record.account.into_string(),
            warnings: record
                .warnings
                .into_iter()
                .map(RString::into_string)
                .collect(),
        }
    }
}

impl From<Capabilities> for RVec<CapabilityRecord> {
    fn from(capabilities: Capabilities) -> Self {
        capabilities
            .iter()
            .map(|(key, value)| CapabilityRecord {
                key: key.into(),
                value,
            })
            .collect()
    }
}

impl From<RVec<CapabilityRecord>> for Capabilities {
    fn from(records: RVec<CapabilityRecord>) -> Self {
        records.into_iter().fold(Self::new(), |all, record| {
            all.with_key(record.key.into_string(), record.value)
        })
    }
}
