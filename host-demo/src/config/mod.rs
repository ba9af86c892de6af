//! The configuration file: read once at the start, every fault reported at once.

mod callers;
mod environment;
mod faults;
mod routes;
mod section;
mod server;

pub(crate) use callers::{BasicAuth, Callers, HeaderAuth};
pub(crate) use faults::{ConfigError, Fault, Faults};
pub(crate) use section::Section;
pub(crate) use server::{ServerConfig, Token};
