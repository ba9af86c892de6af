#![doc = include_str!("../README.md")]

mod answer;
mod body;
mod client;
mod connection;
mod failure;
mod json;
mod text;
mod tls;

pub use answer::Answer;
pub use client::Client;
pub use connection::{Connection, Credential};
pub use failure::Failure;
pub use json::Fields;
pub use text::{chain, without_addresses};

pub use reqwest::Url;
pub use reqwest::header::HeaderName;
