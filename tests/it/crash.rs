//! Processes that end at the worst moments, over a service that misbehaves: what it accepted is compared with what the host says.

mod account;
mod cell;
mod matrix;
mod stage;
mod tally;
