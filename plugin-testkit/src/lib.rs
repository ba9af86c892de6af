//! What hosts and plugin authors test against: simulators of mail services that behave like the real ones, misbehave on
//! request, and keep a ledger of everything they accepted.
//!
//! Start with [`simulator::Simulator`].

pub mod simulator;
