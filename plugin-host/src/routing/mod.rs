//! Which provider carries a message: arithmetic only.
//!
//! Nothing here reads a clock, rolls dice, or touches the network or the store. The caller hands in what it knows and gets
//! back a [`Decision`] that holds its own inputs, so that the same answer can be computed again years later. All public
//! types serialise under stable names, because decisions are kept as part of the audit trail.
//!
//! [`pick_route`] finds the route, [`decide`] ranks its pool (`sticky` or `exact`), skips who cannot take the message
//! (`candidate`, `failover`), and says why. [`HealthBook`] remembers who is ailing (`health`, `health_book`).

mod candidate;
mod decide;
mod decision;
mod digest;
mod exact;
mod explain;
mod failover;
mod health;
mod health_book;
mod health_key;
mod health_policy;
mod health_state;
mod one_line;
mod route;
mod route_match;
mod sticky;
mod weight;

pub use candidate::{CandidateState, SkipReason, TooLarge, Verdict};
pub use decide::decide;
pub use decision::{Decision, DecisionInputs, Ranked, RouteSnapshot, Scheme};
pub use digest::{AddressKey, Digest};
pub use exact::{Credit, ExactState};
pub use failover::{Onward, Outcome, Tried};
pub use health::Health;
pub use health_book::{HealthBook, HealthRecord, HealthSnapshot};
pub use health_key::{CallScope, HealthKey, RefusedScope, Scope};
pub use health_policy::HealthPolicy;
pub use health_state::{Failure, FailureKind, HealthState, RestReason};
pub use route::{InDoubtPolicy, PoolEntry, Route, RouteFault, StickyBy, Strategy};
pub use route_match::{RouteMatch, RoutingInput, pick_route};
pub use weight::{Weight, WeightError};
