//! What a SendGrid account holds: accepted mails with what became of them, suppression lists, unsubscribe groups, event webhooks.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use super::hooks::Hook;
use super::lists::Lists;
use super::message::{Body, Letter, Personalization};

/// The part of an account that changes.
#[derive(Default)]
pub(super) struct State {
    messages: Vec<Sent>,
    /// By the id of the request, where all its mails are.
    places: HashMap<String, Vec<usize>>,
    pub(super) lists: Lists,
    pub(super) groups: Vec<Group>,
    pub(super) hooks: Vec<Hook>,
}

/// An unsubscribe group and who left it.
pub(super) struct Group {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) description: String,
    pub(super) is_default: bool,
    /// By address in lower case.
    pub(super) members: BTreeMap<String, Timestamp>,
}

/// An accepted mail: one personalization of a request.
pub(super) struct Sent {
    /// What `X-Message-Id` said, the same for all mails of a request.
    pub(super) id: String,
    /// Its place among the personalizations.
    pub(super) place: usize,
    pub(super) accepted_at: Timestamp,
    pub(super) mail: Mail,
    /// Everybody it is for, people it will not be sent to included.
    pub(super) people: Vec<Person>,
}

/// What one personalization says, filled in.
#[derive(Clone)]
pub(super) struct Mail {
    pub(super) letter: Arc<Letter>,
    pub(super) own: Personalization,
    pub(super) subject: String,
    pub(super) content: Arc<[Body]>,
}

pub(super) struct Person {
    /// In lower case.
    pub(super) address: String,
    /// Why nothing is sent to it.
    pub(super) dropped: Option<&'static str>,
    /// Whether a copy reached the mailbox.
    pub(super) has_copy: bool,
    pub(super) history: Vec<Happening>,
}

/// What happened to one person's copy.
pub(super) struct Happening {
    pub(super) kind: &'static str,
    pub(super) at: Timestamp,
    /// The event's own fields.
    pub(super) fields: Value,
}

impl State {
    pub(super) fn keep(&mut self, sent: Sent) -> usize {
        let place = self.messages.len();
        self.places.entry(sent.id.clone()).or_default().push(place);
        self.messages.push(sent);
        place
    }

    pub(super) fn messages(&self) -> &[Sent] {
        &self.messages
    }

    pub(super) fn message(&self, place: usize) -> Option<&Sent> {
        self.messages.get(place)
    }

    pub(super) fn message_mut(&mut self, place: usize) -> Option<&mut Sent> {
        self.messages.get_mut(place)
    }

    /// Where the mails of a request are, oldest first.
    pub(super) fn of_request(&self, id: &str) -> &[usize] {
        self.places.get(id).map(Vec::as_slice).unwrap_or_default()
    }

    pub(super) fn group(&self, id: u64) -> Option<&Group> {
        self.groups.iter().find(|group| group.id == id)
    }

    pub(super) fn group_mut(&mut self, id: u64) -> Option<&mut Group> {
        self.groups.iter_mut().find(|group| group.id == id)
    }
}

impl Sent {
    /// The id that events and the search have: the request's, then what tells its copies apart.
    pub(super) fn message_id(&self, person: usize) -> String {
        format!("{}.recvd-simulated-{}.{person}", self.id, self.place)
    }
}

impl Mail {
    /// The pairs of the letter and of this personalization, whose own win.
    pub(super) fn custom_args(&self) -> BTreeMap<&str, &str> {
        let pairs = self.letter.custom_args.iter().chain(&self.own.custom_args);
        pairs
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect()
    }

    /// The headers of the letter and of this personalization, whose own win.
    pub(super) fn headers(&self) -> Vec<(&str, &str)> {
        let own = &self.own.headers;
        let is_own = |name: &str| own.iter().any(|(it, _)| it.eq_ignore_ascii_case(name));
        let shared = self.letter.headers.iter().filter(|(name, _)| !is_own(name));
        shared
            .chain(own)
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect()
    }

    /// The sender's own id, in whatever letter case its key is written.
    pub(super) fn tracking_id(&self) -> Option<String> {
        let found = self
            .custom_args()
            .into_iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("TrackingId"));
        found.map(|(_, value)| value.to_owned())
    }

    pub(super) fn from(&self) -> &super::message::Mailbox {
        self.own.from.as_ref().unwrap_or(&self.letter.from)
    }

    pub(super) fn body(&self, kind: &str) -> Option<&str> {
        let found = self.content.iter().find(|body| body.kind == kind);
        found.map(|body| body.value.as_str())
    }

    pub(super) fn send_at(&self) -> Option<i64> {
        self.own.send_at.or(self.letter.send_at)
    }
}
