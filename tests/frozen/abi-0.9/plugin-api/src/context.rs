//! What surrounds one call: its deadlines, which attempt it is, and whose trace it belongs to.

use std::time::{Duration, Instant};

use crate::Extension;

/// No call lasts longer; longer deadlines are brought forward, so that no duration can overflow a clock.
pub(crate) const LONGEST_CALL: Duration = Duration::from_secs(24 * 60 * 60);

/// The circumstances of one call.
///
/// After the soft deadline the host stops waiting and holds the outcome for unknown, but lets the call run: a late answer is
/// evidence. At the hard deadline the call is stopped; nothing may leave after it.
#[derive(Debug, Clone)]
pub struct CallContext {
    soft: Instant,
    hard: Instant,
    attempt: u32,
    traceparent: Option<String>,
    extensions: Vec<Extension>,
}

impl CallContext {
    /// A first attempt with deadlines counted from now. A soft deadline after the hard one is brought forward to it.
    pub fn new(soft: Duration, hard: Duration) -> Self {
        let now = Instant::now();
        let hard = hard.min(LONGEST_CALL);
        Self {
            soft: now + soft.min(hard),
            hard: now + hard,
            attempt: 1,
            traceparent: None,
            extensions: Vec::new(),
        }
    }

    /// The same circumstances for the n-th attempt, counted from 1.
    pub fn with_attempt(mut self, attempt: u32) -> Self {
        self.attempt = attempt;
        self
    }

    /// The same circumstances within a trace (W3C `traceparent`).
    pub fn with_traceparent(mut self, traceparent: Option<String>) -> Self {
        self.traceparent = traceparent;
        self
    }

    /// The same circumstances with a field that came after this version of the API.
    pub fn with_extension(mut self, extension: Extension) -> Self {
        self.extensions.push(extension);
        self
    }

    /// Time left until the host stops waiting; zero when it has.
    pub fn soft_remaining(&self) -> Duration {
        self.soft.saturating_duration_since(Instant::now())
    }

    /// Time left until the call is stopped; zero when it is.
    pub fn hard_remaining(&self) -> Duration {
        self.hard.saturating_duration_since(Instant::now())
    }

    pub(crate) fn hard_deadline(&self) -> Instant {
        self.hard
    }

    /// Which attempt of this message this is, counted from 1, over all providers; in a batch, the highest of its messages.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// The trace this call belongs to (W3C `traceparent`), to be sent on.
    pub fn traceparent(&self) -> Option<&str> {
        self.traceparent.as_deref()
    }

    /// Fields that came after this version of the API.
    pub fn extensions(&self) -> &[Extension] {
        &self.extensions
    }
}
