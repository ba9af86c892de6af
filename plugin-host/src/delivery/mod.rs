//! From accepted to final: claims, calls, results, doubt.
//!
//! `state` holds the legal moves, `outcome` the table from send errors to what happens next, `planner` the decision inside a claim, `absence`
//! and `evidence` what a lookup is worth: arithmetic, with clock and randomness as arguments. `engine`, `call` and `reconciler` act on it;
//! `slots` marks what they call, and `marks` reads that after a crash.

mod absence;
mod addressees;
mod backoff;
mod boot;
mod call;
mod channel;
mod check;
mod engine;
mod evidence;
mod invalid_run;
mod learn;
mod links;
mod lock;
mod marks;
mod outcome;
mod paused;
mod pauses;
mod planner;
mod prepare;
mod rate;
mod reconciler;
mod resolution;
mod rests;
mod slots;
mod state;
mod trust;

pub use absence::ReconcileConfig;
pub use backoff::Backoff;
pub use resolution::{Resolution, ResolveOutcome};
pub use state::{MessageState, UnknownState};

pub(crate) use boot::BootId;
pub(crate) use channel::{Build, Channel};
pub(crate) use engine::Engine;
pub(crate) use marks::Marks;
pub(crate) use outcome::interrupted;
pub(crate) use pauses::waiting_for;
pub(crate) use planner::in_doubt_policy;
pub(crate) use slots::{Slots, slot_file};
#[cfg(test)]
mod tests;
