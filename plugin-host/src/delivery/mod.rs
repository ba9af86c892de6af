//! From accepted to final: claims, calls, results, doubt.

mod backoff;
mod state;

pub use backoff::Backoff;
pub use state::{MessageState, UnknownState};
