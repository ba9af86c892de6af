//! The layout hash: sizes and offsets of the frozen structs, as one number that stands in the plugin's file.
//!
//! It lets a host refuse a plugin whose frozen structs differ before any of its code runs. Tables and traits are not part of it: they
//! grow at the tail, and abi_stable compares them after loading. So it goes with a record made for a method that came later: it never joins
//! this list, or every plugin built before would be refused.

use std::mem::{align_of, offset_of, size_of};

use super::record::*;
use crate::{Attachment, Extension, Mailbox, Template};

macro_rules! hash_structs {
    ($($struct:ident { $($field:ident),* $(,)? })*) => {{
        let mut hash = FNV_OFFSET;
        $(
            hash = mix_text(hash, stringify!($struct));
            hash = mix(hash, size_of::<$struct>() as u64);
            hash = mix(hash, align_of::<$struct>() as u64);
            $(
                hash = mix_text(hash, stringify!($field));
                hash = mix(hash, offset_of!($struct, $field) as u64);
            )*
        )*
        hash
    }};
}

/// FNV-1a over names, sizes, alignments and offsets of all frozen structs, for this target.
pub const LAYOUT_HASH: u64 = hash_structs! {
    Mailbox { address, name }
    Attachment { name, content_type, content, content_id, extensions }
    Extension { key, json, required }
    Template { id, alias, model, inline_css, extensions }
    Pair { key, value }
    MessageRecord {
        from, to, cc, bcc, reply_to, subject, html_body, text_body, attachments, headers, metadata, tag, stream, track_opens,
        track_links, unsubscribe_tag, template, lead_uid, account_uid, user_account_uid, tracking_id, extensions,
    }
    Envelope { record, masked, extensions }
    CallRecord { soft_ms, hard_ms, attempt, traceparent, extensions }
    ReceiptRecord { id, accepted_at, recipients, duplicates, note, extensions }
    RecipientRecord { address, outcome, detail, id, extensions }
    ErrorRecord { code, message, provider_code, cause, field, addresses, scope, retry_after_ms, extensions }
    QueryRecord { tracking_id, stream, to, attempted_at, deadline_at, extensions }
    LookupRecord { kind, receipt, indexed_through, why, extensions }
    CheckRecord { account, warnings, extensions }
    CapabilityRecord { key, value }
    RequestRecord {
        method, path, query, headers, body, received_at, remote, authenticated_by_host, replay, extensions,
    }
    EventRecord {
        kind, occurred_at, recipient, provider_message_id, tracking_id, account_uid, stream, event_id, detail, suppresses,
        extensions,
    }
    UnsubscribeRecord {
        account_uid, tracking_id, recipient, stream, at, suppress, reason, origin, event_id, provider_message_id, detail,
        extensions,
    }
    LinkRequestRecord { stream, extensions }
    LinkRecord { kind, url, extensions }
    SuppressionRequestRecord { operation, stream, reason, cursor, since, addresses, extensions }
    SuppressionAnswerRecord { entries, next, changes, extensions }
    ChangeRecord { outcome, words, extensions }
    SuppressionRecord { address, reason, origin, created_at, extensions }
    LogRecord { level, target, message, extensions }
    HostRecord { provider, version, max_level, extensions }
};

const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0000_0100_0000_01b3;

const fn mix(mut hash: u64, number: u64) -> u64 {
    let bytes = number.to_le_bytes();
    let mut at = 0;
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u64).wrapping_mul(FNV_PRIME);
        at += 1;
    }
    hash
}

const fn mix_text(mut hash: u64, text: &str) -> u64 {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u64).wrapping_mul(FNV_PRIME);
        at += 1;
    }
    mix(hash, bytes.len() as u64)
}

#[cfg(all(test, target_arch = "x86_64", target_os = "linux"))]
mod tests {
    /// Holds from the first release on: a change here means that plugins in the field no longer load.
    #[test]
    fn the_frozen_structs_have_not_changed() {
        assert_eq!(
            super::LAYOUT_HASH,
            0xc51f_9736_b83b_e071,
            "LAYOUT_HASH is {:#018x}",
            super::LAYOUT_HASH
        );
    }
}
