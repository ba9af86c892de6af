//! The HTTP side.

mod access;
mod email;
mod envelope;
mod problem;

pub(crate) use access::{Caller, Gatekeeper, Tokens};
pub(crate) use email::{Draft, Kind};
pub(crate) use envelope::PostmarkError;
pub(crate) use problem::Problem;
