//! The frozen structs that cross the boundary.
//!
//! None of them ever gains, loses or moves a field: what comes later travels in `extensions`. Their sizes and offsets make up the layout
//! hash ([`LAYOUT_HASH`](super::LAYOUT_HASH)), which the host reads from the file before it loads it. Numbers that a reader does not know decode to the
//! harmless choice (`InDoubt`, `Unknown`).
//!
//! A plugin refuses what carries a *required* extension it does not know. In answers nothing is required: a host takes what it knows.

use abi_stable::StableAbi;
use abi_stable::std_types::{RArc, ROption, RString, RVec};

use crate::{Attachment, Extension, Mailbox, Template};

/// A message's content: built once by the host, shared by every attempt.
#[repr(C)]
#[derive(Clone, StableAbi)]
pub struct MessageRecord {
    pub(crate) from: Mailbox,
    pub(crate) to: RVec<Mailbox>,
    pub(crate) cc: RVec<Mailbox>,
    pub(crate) bcc: RVec<Mailbox>,
    pub(crate) reply_to: RVec<Mailbox>,
    pub(crate) subject: RString,
    pub(crate) html_body: ROption<RString>,
    pub(crate) text_body: ROption<RString>,
    pub(crate) attachments: RVec<Attachment>,
    pub(crate) headers: RVec<Pair>,
    pub(crate) metadata: RVec<Pair>,
    pub(crate) tag: ROption<RString>,
    pub(crate) stream: ROption<RString>,
    pub(crate) track_opens: ROption<bool>,
    pub(crate) track_links: u32,
    pub(crate) unsubscribe_tag: bool,
    pub(crate) template: ROption<Template>,
    pub(crate) lead_uid: ROption<RString>,
    pub(crate) account_uid: ROption<RString>,
    pub(crate) user_account_uid: ROption<RString>,
    pub(crate) tracking_id: [u8; 16],
    pub(crate) extensions: RVec<Extension>,
}

/// One attempt at a message: the message, the positions (To, then Cc, then Bcc) of recipients it is not for, and what else is particular to it.
#[repr(C)]
#[derive(Clone, StableAbi)]
pub struct Envelope {
    pub(crate) record: RArc<MessageRecord>,
    pub(crate) masked: RVec<u32>,
    pub(crate) extensions: RVec<Extension>,
}

/// A name and a value.
#[repr(C)]
#[derive(Clone, StableAbi)]
pub struct Pair {
    pub(crate) key: RString,
    pub(crate) value: RString,
}

/// The circumstances of a call. Deadlines are milliseconds from the moment of the call.
#[repr(C)]
#[derive(Clone, StableAbi)]
pub struct CallRecord {
    pub(crate) soft_ms: u64,
    pub(crate) hard_ms: u64,
    pub(crate) attempt: u32,
    pub(crate) traceparent: ROption<RString>,
    pub(crate) extensions: RVec<Extension>,
}

/// An accepted message. Times here and below are microseconds since 1970, UTC.
#[repr(C)]
#[derive(Clone, StableAbi)]
pub struct ReceiptRecord {
    pub(crate) id: RString,
    pub(crate) accepted_at: ROption<i64>,
    pub(crate) recipients: RVec<RecipientRecord>,
    pub(crate) duplicates: RVec<RString>,
    pub(crate) note: ROption<RString>,
    pub(crate) extensions: RVec<Extension>,
}

/// One recipient's outcome: 1 accepted, 2 suppressed, 3 rejected, 4 deferred; the service's words for it, and its id where each recipient
/// has one.
#[repr(C)]
#[derive(Clone, StableAbi)]
pub struct RecipientRecord {
    pub(crate) address: RString,
    pub(crate) outcome: u32,
    pub(crate) detail: ROption<RString>,
    pub(crate) id: ROption<RString>,
    pub(crate) extensions: RVec<Extension>,
}

/// Any refusal: a number that says what the host does next, and the words for people.
#[repr(C)]
#[derive(Clone, StableAbi)]
pub struct ErrorRecord {
    pub(crate) code: u32,
    pub(crate) message: RString,
    pub(crate) provider_code: ROption<RString>,
    pub(crate) cause: ROption<RString>,
    pub(crate) field: ROption<RString>,
    pub(crate) addresses: RVec<RString>,
    pub(crate) scope: u32,
    pub(crate) retry_after_ms: ROption<u64>,
    pub(crate) extensions: RVec<Extension>,
}

/// A message to look for.
#[repr(C)]
#[derive(Clone, StableAbi)]
pub struct QueryRecord {
    pub(crate) tracking_id: [u8; 16],
    pub(crate) stream: ROption<RString>,
    pub(crate) to: RVec<RString>,
    pub(crate) attempted_at: i64,
    pub(crate) deadline_at: i64,
    pub(crate) extensions: RVec<Extension>,
}

/// What a search brought: 1 found, 2 absent, 3 unknown.
#[repr(C)]
#[derive(Clone, StableAbi)]
pub struct LookupRecord {
    pub(crate) kind: u32,
    pub(crate) receipt: ROption<ReceiptRecord>,
    pub(crate) indexed_through: ROption<i64>,
    pub(crate) why: RString,
    pub(crate) extensions: RVec<Extension>,
}

/// What `check` found.
#[repr(C)]
#[derive(Clone, StableAbi)]
pub struct CheckRecord {
    pub(crate) account: RString,
    pub(crate) warnings: RVec<RString>,
    pub(crate) extensions: RVec<Extension>,
}

/// A key of a capability and its number.
#[repr(C)]
#[derive(Clone, StableAbi)]
pub struct CapabilityRecord {
    pub(crate) key: RString,
    pub(crate) value: u64,
}

/// A raw webhook.
#[repr(C)]
#[derive(Clone, StableAbi)]
pub struct RequestRecord {
    pub(crate) method: RString,
    pub(crate) path: RString,
    pub(crate) query: RString,
    pub(crate) headers: RVec<Pair>,
    pub(crate) body: RVec<u8>,
    pub(crate) received_at: i64,
    pub(crate) remote: ROption<RString>,
    pub(crate) authenticated_by_host: bool,
    pub(crate) replay: bool,
    pub(crate) extensions: RVec<Extension>,
}

/// A normalised event.
#[repr(C)]
#[derive(Clone, StableAbi)]
pub struct EventRecord {
    pub(crate) kind: u32,
    pub(crate) occurred_at: ROption<i64>,
    pub(crate) recipient: ROption<RString>,
    pub(crate) provider_message_id: ROption<RString>,
    pub(crate) tracking_id: ROption<RString>,
    pub(crate) account_uid: ROption<RString>,
    pub(crate) stream: ROption<RString>,
    pub(crate) event_id: ROption<RString>,
    pub(crate) detail: ROption<RString>,
    pub(crate) suppresses: ROption<bool>,
    pub(crate) extensions: RVec<Extension>,
}

/// Somebody unsubscribed, or took it back.
#[repr(C)]
#[derive(Clone, StableAbi)]
pub struct UnsubscribeRecord {
    pub(crate) account_uid: ROption<RString>,
    pub(crate) tracking_id: ROption<[u8; 16]>,
    pub(crate) recipient: ROption<RString>,
    pub(crate) stream: ROption<RString>,
    pub(crate) at: i64,
    pub(crate) suppress: bool,
    pub(crate) reason: u32,
    pub(crate) origin: u32,
    pub(crate) event_id: ROption<RString>,
    pub(crate) provider_message_id: ROption<RString>,
    pub(crate) detail: ROption<RString>,
    pub(crate) extensions: RVec<Extension>,
}

/// Where the tag is to become a link.
#[repr(C)]
#[derive(Clone, StableAbi)]
pub struct LinkRequestRecord {
    pub(crate) stream: ROption<RString>,
    pub(crate) extensions: RVec<Extension>,
}

/// How the tag becomes a link: 0 no link of the service's own, 1 the canonical tag stays, 2 an address.
#[repr(C)]
#[derive(Clone, StableAbi)]
pub struct LinkRecord {
    pub(crate) kind: u32,
    pub(crate) url: RString,
    pub(crate) extensions: RVec<Extension>,
}

/// What to do with a suppression list: 1 list, 2 add, 3 remove; for which reason, 0 for any.
#[repr(C)]
#[derive(Clone, StableAbi)]
pub struct SuppressionRequestRecord {
    pub(crate) operation: u32,
    pub(crate) stream: ROption<RString>,
    pub(crate) reason: u32,
    pub(crate) cursor: ROption<RString>,
    pub(crate) since: ROption<i64>,
    pub(crate) addresses: RVec<RString>,
    pub(crate) extensions: RVec<Extension>,
}

/// A page of a suppression list, or the outcomes of a change.
#[repr(C)]
#[derive(Clone, StableAbi)]
pub struct SuppressionAnswerRecord {
    pub(crate) entries: RVec<SuppressionRecord>,
    pub(crate) next: ROption<RString>,
    pub(crate) changes: RVec<ChangeRecord>,
    pub(crate) extensions: RVec<Extension>,
}

/// What became of one address: 1 done, 2 refused; the service's words for it.
#[repr(C)]
#[derive(Clone, StableAbi)]
pub struct ChangeRecord {
    pub(crate) outcome: u32,
    pub(crate) words: RString,
    pub(crate) extensions: RVec<Extension>,
}

/// One entry of a suppression list.
#[repr(C)]
#[derive(Clone, StableAbi)]
pub struct SuppressionRecord {
    pub(crate) address: RString,
    pub(crate) reason: u32,
    pub(crate) origin: u32,
    pub(crate) created_at: ROption<i64>,
    pub(crate) extensions: RVec<Extension>,
}

/// One log record on its way to the host: level 1 (error) to 5 (trace).
#[repr(C)]
#[derive(Clone, StableAbi)]
pub struct LogRecord {
    pub(crate) level: u32,
    pub(crate) target: RString,
    pub(crate) message: RString,
    pub(crate) extensions: RVec<Extension>,
}

/// What a plugin is told about its host.
#[repr(C)]
#[derive(Clone, StableAbi)]
pub struct HostRecord {
    pub(crate) provider: RString,
    pub(crate) version: RString,
    pub(crate) max_level: u32,
    pub(crate) extensions: RVec<Extension>,
}
