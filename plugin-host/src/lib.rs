//! Placeholder.

mod routing;

pub use routing::{
    AddressKey, CallScope, CandidateState, Credit, Decision, DecisionInputs, Digest, ExactState,
    Failure, FailureKind, Health, HealthBook, HealthKey, HealthPolicy, HealthRecord,
    HealthSnapshot, HealthState, InDoubtPolicy, Onward, Outcome, PoolEntry, Ranked, RefusedScope,
    RestReason, Route, RouteFault, RouteMatch, RouteSnapshot, RoutingInput, Scheme, Scope,
    SkipReason, StickyBy, Strategy, TooLarge, Tried, Verdict, Weight, WeightError, decide,
    pick_route,
};
