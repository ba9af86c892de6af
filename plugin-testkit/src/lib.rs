//! What hosts and plugin authors test against: simulators of mail services that behave like the real ones, misbehave on
//! request, and keep a ledger of everything they accepted.
//!
//! Start with [`simulator::Simulator`]. Where a test needs an answer that no service gives on request, [`wire::Wire`] gives it byte for byte; for SMTP there
//! is [`smtp::SmtpStandIn`].

pub mod simulator;
pub mod smtp;
pub mod wire;
