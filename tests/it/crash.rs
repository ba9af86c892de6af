//! Processes that end at the worst moments, over a service that misbehaves: what it accepted is compared with what the host says.

mod account;
mod backlog;
mod cell;
mod client;
mod cutting;
mod disk;
mod draining;
mod durable;
mod gate;
mod lag;
mod matrix;
mod midway;
mod pair;
mod proxy;
mod soak;
mod stage;
mod tally;

/// What the host logs when a second mail comes to light, once for each message.
const MAILED_TWICE: &str = "the message was mailed more than once";
