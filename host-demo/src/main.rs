//! `host-demo`: a mail-sending service over provider plugins.

mod account;
mod config;
mod letter;
mod web;

pub(crate) use account::account_id;

fn main() {}
