//! The simulator of SendGrid.

mod activity;
mod common;
mod events;
mod faults;
mod limits;
mod refusals;
mod sending;
mod signing;
mod suppressions;
mod unsubscribe;
mod webhook_settings;
