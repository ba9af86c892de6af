//! The account's suppression lists beside the groups, and what being on one means.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::message::Bypass;

/// Each list in the spelling of its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ListName {
    Unsubscribes,
    Bounces,
    Blocks,
    SpamReports,
    InvalidEmails,
}

/// Why and since when an address is on a list.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) created: Timestamp,
    pub(super) reason: String,
    pub(super) status: String,
}

/// All lists, by address in lower case.
#[derive(Debug, Default)]
pub(super) struct Lists(BTreeMap<ListName, BTreeMap<String, Entry>>);

impl ListName {
    pub(super) fn of_path(segment: &str) -> Option<Self> {
        Some(match segment {
            "unsubscribes" => Self::Unsubscribes,
            "bounces" => Self::Bounces,
            "blocks" => Self::Blocks,
            "spam_reports" => Self::SpamReports,
            "invalid_emails" => Self::InvalidEmails,
            _ => return None,
        })
    }
}

impl Lists {
    pub(super) fn add(&mut self, list: ListName, address: &str, entry: Entry) {
        let entries = self.0.entry(list).or_default();
        entries.entry(address.to_owned()).or_insert(entry);
    }

    /// Whether it was there.
    pub(super) fn remove(&mut self, list: ListName, address: &str) -> bool {
        let entries = self.0.entry(list).or_default();
        entries.remove(&address.to_ascii_lowercase()).is_some()
    }

    pub(super) fn clear(&mut self, list: ListName) {
        self.0.remove(&list);
    }

    pub(super) fn find(&self, list: ListName, address: &str) -> Option<&Entry> {
        self.0.get(&list)?.get(&address.to_ascii_lowercase())
    }

    /// By address.
    pub(super) fn entries(&self, list: ListName) -> impl Iterator<Item = (&String, &Entry)> {
        self.0.get(&list).into_iter().flatten()
    }

    /// Why mail to this address is dropped, in the event's words. A block stops nothing: it was that one mail's.
    pub(super) fn drop_reason(&self, address: &str, bypass: Bypass) -> Option<&'static str> {
        let on = |list| self.find(list, address).is_some();
        if on(ListName::InvalidEmails) {
            return Some("Invalid");
        }
        if on(ListName::Bounces) && !bypass.bounces {
            return Some("Bounced Address");
        }
        if on(ListName::SpamReports) && !bypass.spam_reports {
            return Some("Spam Reporting Address");
        }
        (on(ListName::Unsubscribes) && !bypass.unsubscribes).then_some("Unsubscribed Address")
    }
}
