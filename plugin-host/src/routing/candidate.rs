//! What is known of one provider when a decision is made, and what of it stands in the way.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{HealthState, Onward, Outcome, RestReason, Tried};

/// One provider as the caller sees it at the moment of the decision. Built with [`CandidateState::ready`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CandidateState {
    /// The provider's configured name.
    pub provider: String,
    /// Why it is not loaded, if it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_loaded: Option<String>,
    /// Whether an operator has paused it.
    #[serde(default)]
    pub paused: bool,
    /// A capability the message needs and the provider lacks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
    /// Set when the message is larger than the provider takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub too_large: Option<TooLarge>,
    /// Whether the service is known to suppress a recipient of this attempt; nobody may take it then.
    #[serde(default)]
    pub suppressed: bool,
    /// This message's last attempt with the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tried: Option<Tried>,
    /// Whether the provider rests (see [`HealthBook::state`]).
    ///
    /// [`HealthBook::state`]: super::HealthBook::state
    #[serde(default)]
    pub health: HealthState,
    /// When its rate limit, ours or the service's, has room again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_limited_until: Option<Timestamp>,
}

/// A message beyond a provider's limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TooLarge {
    /// What the provider takes, in bytes as encoded for it.
    pub limit: u64,
    /// What the message has.
    pub size: u64,
}

/// Whether a candidate could take the message. Stored as `{"verdict": "eligible"}` or `{"verdict": "skipped", "reason": …}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "kebab-case")]
pub enum Verdict {
    /// It could.
    Eligible,
    /// It could not.
    Skipped {
        /// The most lasting of the reasons.
        reason: SkipReason,
    },
}

/// Why a provider was passed over. Stored with its variant's name in kebab-case as `kind`, beside its fields.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SkipReason {
    /// Its library was refused, or nobody of that name is configured.
    NotLoaded {
        /// The refusal.
        reason: String,
    },
    /// An operator has paused it.
    Paused,
    /// It lacks a capability the message needs.
    Missing {
        /// The capability's key.
        capability: String,
    },
    /// The message is too large for it.
    TooLarge {
        /// What it takes, in bytes.
        limit: u64,
        /// What the message has, in bytes.
        size: u64,
    },
    /// Its service suppresses a recipient.
    RecipientSuppressed,
    /// This message has been with it before.
    AlreadyTried {
        /// How that ended.
        outcome: Outcome,
        /// When the message may come back; `None`: never.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        again_at: Option<Timestamp>,
    },
    /// Its circuit is open.
    Resting {
        /// When a probe is allowed.
        until: Timestamp,
        /// What went wrong.
        reason: RestReason,
    },
    /// Its rate limit is used up.
    RateLimited {
        /// When there is room again.
        until: Timestamp,
    },
    /// Another provider may have accepted the message.
    InDoubtElsewhere,
    /// An attempt with another provider has settled the message for good.
    SettledElsewhere {
        /// How.
        outcome: Outcome,
    },
}

impl CandidateState {
    /// A loaded, healthy provider with nothing in the way; set the fields that differ.
    pub fn ready(provider: impl Into<String>) -> Self {
        Self {
            provider: provider.into(),
            not_loaded: None,
            paused: false,
            missing: None,
            too_large: None,
            suppressed: false,
            tried: None,
            health: HealthState::Closed,
            rate_limited_until: None,
        }
    }

    pub(super) fn unknown(provider: &str) -> Self {
        let not_loaded = Some("no provider of this name is loaded".into());
        Self {
            not_loaded,
            ..Self::ready(provider)
        }
    }

    /// What its attempt of this message allows the others.
    pub(super) fn onward(&self) -> Option<Onward> {
        self.tried.map(|tried| tried.outcome.onward())
    }

    /// The pool's block as far as it concerns this candidate: who caused it shows its own reason instead.
    pub(super) fn block(&self, block: Option<&SkipReason>) -> Option<SkipReason> {
        let causes_it =
            self.suppressed || matches!(self.onward(), Some(Onward::Hold | Onward::End));
        block.filter(|_| !causes_it).cloned()
    }

    /// Everything in the way at `now`, the most lasting first.
    pub(super) fn obstacles(&self, now: Timestamp) -> Vec<SkipReason> {
        let lasting = [
            self.not_loaded
                .clone()
                .map(|reason| SkipReason::NotLoaded { reason }),
            self.paused.then_some(SkipReason::Paused),
            self.missing
                .clone()
                .map(|capability| SkipReason::Missing { capability }),
            self.too_large
                .map(|TooLarge { limit, size }| SkipReason::TooLarge { limit, size }),
            self.suppressed.then_some(SkipReason::RecipientSuppressed),
        ];
        let passing = [self.spent(now), self.resting(now), self.limited(now)];
        lasting.into_iter().chain(passing).flatten().collect()
    }

    fn spent(&self, now: Timestamp) -> Option<SkipReason> {
        let Tried { outcome, again_at } = self.tried?;
        let again_at = again_at.filter(|_| outcome.onward() == Onward::NextInLine);
        let is_over = again_at.is_some_and(|again_at| again_at <= now);
        (!is_over).then_some(SkipReason::AlreadyTried { outcome, again_at })
    }

    fn resting(&self, now: Timestamp) -> Option<SkipReason> {
        match &self.health {
            HealthState::Open { until, reason } if *until > now => Some(SkipReason::Resting {
                until: *until,
                reason: reason.clone(),
            }),
            _ => None,
        }
    }

    fn limited(&self, now: Timestamp) -> Option<SkipReason> {
        self.rate_limited_until
            .filter(|until| *until > now)
            .map(|until| SkipReason::RateLimited { until })
    }
}

impl SkipReason {
    /// When the obstacle goes away by itself; `None` when only something else can remove it.
    pub fn until(&self) -> Option<Timestamp> {
        match self {
            Self::Resting { until, .. } | Self::RateLimited { until } => Some(*until),
            Self::AlreadyTried { again_at, .. } => *again_at,
            _ => None,
        }
    }
}
