//! The decision: who is asked to carry this message, and why not the others.
//!
//! It keeps all it was computed from, so [`Decision::replay`] gives the same answer on another machine, years later.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    CandidateState, Digest, ExactState, PoolEntry, Route, RoutingInput, StickyBy, Strategy,
    Verdict, Weight,
};

/// Which arithmetic a decision was made by. One that this version does not know is refused when it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scheme {
    /// SipHash-2-4 of provider and key, weighted rendezvous order, smooth weighted round robin.
    #[serde(rename = "sip24-rendezvous-swrr/1")]
    V1,
}

/// The part of a route that decides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RouteSnapshot {
    /// The route's name.
    pub name: String,
    /// Hash of the fields below: decisions under the same version were made by the same rules.
    pub version: Digest,
    /// How the pool is shared out.
    pub strategy: Strategy,
    /// What stays with one provider.
    pub sticky_by: StickyBy,
    /// The providers and their weights.
    pub pool: Vec<PoolEntry>,
}

/// All that a decision is computed from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DecisionInputs {
    /// The arithmetic.
    pub scheme: Scheme,
    /// The moment of the decision.
    pub at: Timestamp,
    /// The route as it was.
    pub route: RouteSnapshot,
    /// The message as routing knew it.
    pub message: RoutingInput,
    /// The providers as they were.
    pub candidates: Vec<CandidateState>,
    /// The exact strategy's counters before; absent under the sticky strategy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exact: Option<ExactState>,
}

/// A routing decision with its reasons.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// What it was computed from.
    pub inputs: DecisionInputs,
    /// What was hashed beside each provider's name: `lead:…`, `recipient:…` (an [`AddressKey`]), `account:…`, `message:…`.
    ///
    /// [`AddressKey`]: super::AddressKey
    pub key: String,
    /// The whole pool in line, first choice first.
    pub ranking: Vec<Ranked>,
    /// The provider to ask: the first eligible one.
    pub chosen: Option<String>,
    /// Whether the chosen one rested and this is its one probe (see [`HealthBook::begin_probe`]).
    ///
    /// [`HealthBook::begin_probe`]: super::HealthBook::begin_probe
    pub probe: bool,
    /// When nobody is eligible: the first moment somebody will be if nothing else changes. `None`: no time can tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_at: Option<Timestamp>,
    /// The exact strategy's counters to store in place of those before; absent under the sticky strategy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exact_after: Option<ExactState>,
}

/// A provider's place in line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ranked {
    /// Its name.
    pub provider: String,
    /// Its weight.
    pub weight: Weight,
    /// What it drew for the key.
    pub draw: Digest,
    /// Whether it could take the message.
    #[serde(flatten)]
    pub verdict: Verdict,
}

impl Decision {
    /// Computes the decision again from its inputs alone. Equal to `self`, unless what it says was altered.
    pub fn replay(&self) -> Decision {
        self.inputs.clone().decide()
    }
}

impl From<&Route> for RouteSnapshot {
    fn from(route: &Route) -> Self {
        let settings = format!("{} {}", route.strategy, route.sticky_by);
        let members = route
            .pool
            .iter()
            .flat_map(|entry| [entry.provider.clone(), entry.weight.to_string()]);
        let parts: Vec<String> = [route.name.clone(), settings]
            .into_iter()
            .chain(members)
            .collect();
        Self {
            name: route.name.clone(),
            version: Digest::of(parts.iter().map(String::as_str)),
            strategy: route.strategy,
            sticky_by: route.sticky_by,
            pool: route.pool.clone(),
        }
    }
}
