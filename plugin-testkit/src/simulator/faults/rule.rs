//! When a fault happens: a fault, the requests it is for, and how many of them it hits.

use serde::{Deserialize, Serialize};

use super::Fault;

/// A fault and the requests it happens to. Build it with [`FaultRule::new`] and the methods, or read it from TOML or JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct FaultRule {
    /// What goes wrong.
    pub fault: Fault,
    /// Which requests fit; without conditions, all requests to the service's own paths.
    #[serde(default)]
    pub when: When,
    /// How many fitting requests pass unharmed first.
    #[serde(default)]
    pub skip: u64,
    /// How many requests it hits before it is spent; without it, there is no end.
    #[serde(default)]
    pub times: Option<u64>,
    /// The share of fitting requests that are hit, 0 to 1, drawn from the script's seed; without it, all.
    #[serde(default)]
    pub rate: Option<f64>,
}

/// Conditions on a request; all that are given must hold. A batch fits when one of its messages does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct When {
    /// The path without a trailing slash, e.g. `/email`; with `*` at the end, everything that begins so.
    pub path: Option<String>,
    /// Part of any recipient's address, ignoring letter case.
    pub to: Option<String>,
    /// Part of the subject, ignoring letter case.
    pub subject: Option<String>,
    /// The tag, exactly.
    pub tag: Option<String>,
    /// Metadata `TrackingId`, ignoring letter case.
    pub tracking_id: Option<String>,
}

/// What a rule can see of one message.
#[derive(Clone, Debug, Default)]
pub(in crate::simulator) struct MessageFacts {
    /// To, Cc and Bcc as they came.
    pub(in crate::simulator) recipients: String,
    pub(in crate::simulator) subject: String,
    pub(in crate::simulator) tag: String,
    pub(in crate::simulator) tracking_id: String,
}

impl FaultRule {
    /// The fault, for every request, without end.
    #[must_use]
    pub fn new(fault: Fault) -> Self {
        Self {
            fault,
            when: When::default(),
            skip: 0,
            times: None,
            rate: None,
        }
    }

    /// Only requests to this path; see [`When::path`].
    #[must_use]
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.when.path = Some(path.into());
        self
    }

    /// Only messages to this recipient; see [`When::to`].
    #[must_use]
    pub fn to(mut self, to: impl Into<String>) -> Self {
        self.when.to = Some(to.into());
        self
    }

    /// Only messages with this in the subject; see [`When::subject`].
    #[must_use]
    pub fn subject(mut self, subject: impl Into<String>) -> Self {
        self.when.subject = Some(subject.into());
        self
    }

    /// Only messages with this tag.
    #[must_use]
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.when.tag = Some(tag.into());
        self
    }

    /// Only messages with this TrackingId.
    #[must_use]
    pub fn tracking_id(mut self, tracking_id: impl Into<String>) -> Self {
        self.when.tracking_id = Some(tracking_id.into());
        self
    }

    /// Lets this many fitting requests pass first: `skip(2).times(1)` hits the third.
    #[must_use]
    pub fn skip(mut self, skip: u64) -> Self {
        self.skip = skip;
        self
    }

    /// Stops after this many hits.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }

    /// Hits this share of the fitting requests, 0 to 1.
    #[must_use]
    pub fn rate(mut self, rate: f64) -> Self {
        self.rate = Some(rate);
        self
    }

    /// What is wrong with the numbers, if anything, naming the key.
    pub(in crate::simulator) fn fault_in_numbers(&self) -> Option<String> {
        match (&self.fault, self.rate) {
            (_, Some(rate)) if !(0.0..=1.0).contains(&rate) => {
                Some(format!("`rate` must be from 0 to 1 (got {rate})"))
            }
            (Fault::ProxyHtml { status, .. }, _) if !(400..=599).contains(status) => Some(format!(
                "`fault.status` must be from 400 to 599 (got {status})"
            )),
            _ => None,
        }
    }
}

impl When {
    /// Whether the conditions can be judged without reading the body.
    pub(super) fn needs_no_body(&self) -> bool {
        self.to.is_none()
            && self.subject.is_none()
            && self.tag.is_none()
            && self.tracking_id.is_none()
    }

    pub(super) fn fits(&self, path: &str, messages: &[MessageFacts]) -> bool {
        self.fits_path(path)
            && (self.needs_no_body() || messages.iter().any(|message| self.fits_message(message)))
    }

    fn fits_path(&self, path: &str) -> bool {
        match self.path.as_deref() {
            None => true,
            Some(wanted) => match wanted.strip_suffix('*') {
                Some(beginning) => path.starts_with(beginning),
                None => path == wanted.strip_suffix('/').unwrap_or(wanted),
            },
        }
    }

    fn fits_message(&self, message: &MessageFacts) -> bool {
        let part = |wanted: &Option<String>, found: &str| {
            wanted
                .as_deref()
                .is_none_or(|wanted| found.to_lowercase().contains(&wanted.to_lowercase()))
        };
        part(&self.to, &message.recipients)
            && part(&self.subject, &message.subject)
            && self.tag.as_deref().is_none_or(|tag| tag == message.tag)
            && self
                .tracking_id
                .as_deref()
                .is_none_or(|id| id.eq_ignore_ascii_case(&message.tracking_id))
    }
}
