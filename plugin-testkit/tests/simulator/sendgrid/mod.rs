//! The simulator of SendGrid.

mod activity;
mod common;
mod events;
mod faults;
mod fields;
mod groups;
mod limits;
mod posting;
mod refusals;
mod sending;
mod signing;
mod suppressions;
mod unsubscribe;
mod webhook_settings;
